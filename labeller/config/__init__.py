"""Settings of a round, as validated records: forms, commands and saved rounds use these."""

from labeller.config.presets import (
    PHOTOS,
    PIXELS,
    PRESETS,
    preset,
    suited,
    with_beta,
    with_encoder,
)
from labeller.config.settings import (
    CHOOSE,
    AskConfig,
    CardConfig,
    Choice,
    ClusterConfig,
    EmbedConfig,
    EncodeConfig,
    PropagateConfig,
    RetrainConfig,
    RoundConfig,
    Settings,
    StudentConfig,
    TrainConfig,
)

__all__ = [
    "CHOOSE",
    "PHOTOS",
    "PIXELS",
    "PRESETS",
    "AskConfig",
    "CardConfig",
    "Choice",
    "ClusterConfig",
    "EmbedConfig",
    "EncodeConfig",
    "PropagateConfig",
    "RetrainConfig",
    "RoundConfig",
    "Settings",
    "StudentConfig",
    "TrainConfig",
    "preset",
    "suited",
    "with_beta",
    "with_encoder",
]
