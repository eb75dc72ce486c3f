"""Recipes: the chapter's default configurations, each of which makes a TrainingSpec for a Dataset."""

from trainwell.recipes.recipe import DEFAULT as DEFAULT
from trainwell.recipes.recipe import RECIPES as RECIPES
from trainwell.recipes.recipe import SELF_NORMALIZING as SELF_NORMALIZING
from trainwell.recipes.recipe import Recipe as Recipe
from trainwell.recipes.recipe import find_recipe as find_recipe
