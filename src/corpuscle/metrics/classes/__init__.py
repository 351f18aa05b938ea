"""How well images were told apart: ranking, cuts, accuracy, calibration, each with its interval."""
