"""Every layout of labelled images by name."""

from corpuscle.data.registry import Registry

IMAGE_READERS = Registry(
    "layout of images",
    {
        "cms-eg": "corpuscle.io.images.electrons:Electrons",
        "cms-qg": "corpuscle.io.images.jets:Jets",
        "cifar": "corpuscle.io.images.cifar:Cifar",
        "digits": "corpuscle.io.images.digits:Digits",
    },
)
