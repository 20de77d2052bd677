"""What a built kanvas app links against."""
