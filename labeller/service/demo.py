"""The demo: a project of handwritten digits that asks its first questions within seconds."""

from labeller.config import ClusterConfig, EmbedConfig, preset
from labeller.errors import NotFoundError
from labeller.service.projects import create_project, view_of
from labeller.service.training import train_in_steps
from labeller.store import Store

DEMO = "digits"
# Clusters of the pixels by their principal components: 94 % pure on the digits, in a second.
AT_ONCE = preset("recommended").model_copy(
    update={
        "method": "pca",
        "method_config": {"latent": 20},
        "embed": EmbedConfig(space="latent"),
        "cluster": ClusterConfig(algorithm="gmm", clusters=20),
    }
)


def begin_demo(store: Store) -> bool:
    """Makes the demo project and queues its import and trainings; False where it is there."""
    try:
        view_of(store, DEMO)
        return False
    except NotFoundError:
        create_project(store, DEMO, "digits")
        train_in_steps(store, DEMO, AT_ONCE)
        return True
