"""The studies by name."""

from corpuscle.data.registry import Named
from corpuscle.studies.study import Study

STUDIES: Named[Study] = Named(
    "study",
    {
        "mishra2024-fig2a": "corpuscle.studies.mishra2024:FIG2A",
        "mishra2024-fig2b": "corpuscle.studies.mishra2024:FIG2B",
        "mishra2024-fig2c": "corpuscle.studies.mishra2024:FIG2C",
        "mishra2024-fig3": "corpuscle.studies.mishra2024:FIG3",
        "mishra2024-fig4": "corpuscle.studies.mishra2024:FIG4",
        "mishra2024-fig5": "corpuscle.studies.mishra2024:FIG5",
        "mishra2024-fig6": "corpuscle.studies.mishra2024:FIG6",
        "couthures2025-information": "corpuscle.studies.information.couthures2025:INFORMATION",
        "beyond-ceiling": "corpuscle.studies.beyond:CEILING",
        "beyond-density": "corpuscle.studies.beyond:DENSITY",
        "beyond-clutter": "corpuscle.studies.beyond:CLUTTER",
        "beyond-directed": "corpuscle.studies.beyond:DIRECTED",
        "beyond-scale": "corpuscle.studies.beyond:SCALE",
        "beyond-real": "corpuscle.studies.beyond:REAL",
        "beyond-calibration": "corpuscle.studies.beyond:CALIBRATION",
        "beyond-bound": "corpuscle.studies.bound:BOUND_STUDY",
        "couthures2025-losses": "corpuscle.studies.couthures2025:LOSSES",
        "couthures2025-tracks": "corpuscle.studies.couthures2025:TRACKS",
        "couthures2025-loading": "corpuscle.studies.couthures2025:LOADING",
    },
)
