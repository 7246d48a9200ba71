"""Settings of a round, as validated records: forms, commands and saved rounds use these."""

from labeller.config.presets import PHOTOS as PHOTOS
from labeller.config.presets import PIXELS as PIXELS
from labeller.config.presets import PRESETS as PRESETS
from labeller.config.presets import preset as preset
from labeller.config.presets import suited as suited
from labeller.config.presets import with_beta as with_beta
from labeller.config.presets import with_encoder as with_encoder
from labeller.config.settings import CHOOSE as CHOOSE
from labeller.config.settings import AskConfig as AskConfig
from labeller.config.settings import CardConfig as CardConfig
from labeller.config.settings import Choice as Choice
from labeller.config.settings import ClusterConfig as ClusterConfig
from labeller.config.settings import EmbedConfig as EmbedConfig
from labeller.config.settings import EncodeConfig as EncodeConfig
from labeller.config.settings import PropagateConfig as PropagateConfig
from labeller.config.settings import RetrainConfig as RetrainConfig
from labeller.config.settings import RoundConfig as RoundConfig
from labeller.config.settings import Settings as Settings
from labeller.config.settings import StudentConfig as StudentConfig
from labeller.config.settings import TrainConfig as TrainConfig
