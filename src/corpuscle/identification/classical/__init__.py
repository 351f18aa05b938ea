"""Methods that judge images by numbers measured on them: trees and lines, learned by scikit-learn."""
