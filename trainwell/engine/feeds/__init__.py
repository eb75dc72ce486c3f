"""Data on its way to the device: as a whole, in chunks of arrays, or in chunks of batches that Keras's adapters make.

Every feed gives the batches that `keras.Model.fit` would see, in the same order.
"""

from trainwell.engine.feeds.choice import make_feed as make_feed
from trainwell.engine.feeds.part import Feed as Feed
from trainwell.engine.feeds.part import FeedPart as FeedPart
