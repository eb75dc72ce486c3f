"""Unsupervised pretraining of a model's lower layers: autoencoders and a GAN."""

from trainwell.techniques.pretraining.pretrain import pretrain as pretrain
from trainwell.techniques.pretraining.result import Pretraining as Pretraining
