"""The studies by name."""

from corpuscle.data.registry import Named
from corpuscle.studies.study import Study

STUDIES: Named[Study] = Named(
    "study",
    {
        "mishra2024-fig2a": "corpuscle.studies.linking.mishra2024:FIG2A",
        "mishra2024-fig2b": "corpuscle.studies.linking.mishra2024:FIG2B",
        "mishra2024-fig2c": "corpuscle.studies.linking.mishra2024:FIG2C",
        "mishra2024-fig3": "corpuscle.studies.linking.mishra2024:FIG3",
        "mishra2024-fig4": "corpuscle.studies.linking.mishra2024:FIG4",
        "mishra2024-fig5": "corpuscle.studies.linking.mishra2024:FIG5",
        "mishra2024-fig6": "corpuscle.studies.linking.mishra2024:FIG6",
        "couthures2025-information": "corpuscle.studies.information.couthures2025:INFORMATION",
        "beyond-ceiling": "corpuscle.studies.linking.beyond:CEILING",
        "beyond-density": "corpuscle.studies.linking.beyond:DENSITY",
        "beyond-clutter": "corpuscle.studies.linking.beyond:CLUTTER",
        "beyond-directed": "corpuscle.studies.linking.beyond:DIRECTED",
        "beyond-scale": "corpuscle.studies.linking.beyond:SCALE",
        "beyond-real": "corpuscle.studies.linking.beyond:REAL",
        "beyond-calibration": "corpuscle.studies.linking.beyond:CALIBRATION",
        "beyond-bound": "corpuscle.studies.fitting.bound:BOUND_STUDY",
        "beyond-positions": "corpuscle.studies.images.positions:POSITIONS_STUDY",
        "borthakur2023-electron-photon": "corpuscle.studies.images.borthakur2023:ELECTRON_PHOTON",
        "borthakur2023-quark-gluon": "corpuscle.studies.images.borthakur2023:QUARK_GLUON",
        "borthakur2023-robustness": "corpuscle.studies.images.robustness:ROBUSTNESS",
        "borthakur2023-cost": "corpuscle.studies.images.costs:COST",
        "borthakur2023-quantization": "corpuscle.studies.images.eight_bits:QUANTIZATION",
        "couthures2025-losses": "corpuscle.studies.fitting.couthures2025:LOSSES",
        "couthures2025-tracks": "corpuscle.studies.fitting.couthures2025:TRACKS",
        "couthures2025-loading": "corpuscle.studies.fitting.couthures2025:LOADING",
        "ibrahimovic2023-grid": "corpuscle.studies.patches.ibrahimovic2023:GRID",
        "ibrahimovic2023-beyond": "corpuscle.studies.patches.ibrahimovic2023:BEYOND",
    },
)
