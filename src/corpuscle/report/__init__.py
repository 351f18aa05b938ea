"""Pages and plots, drawn from rows; knows no method."""
