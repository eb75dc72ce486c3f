"""Setups in which nothing is wrong; many are the twins of sick ones, which change one thing of them."""

from gallery.frozen.healthy import depths as depths
from gallery.frozen.healthy import graphs as graphs
from gallery.frozen.healthy import images as images
from gallery.frozen.healthy import optimizers as optimizers
from gallery.frozen.healthy import recipes as recipes
from gallery.frozen.healthy import sequences as sequences
from gallery.frozen.healthy import tables as tables
