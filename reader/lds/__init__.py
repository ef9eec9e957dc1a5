"""The logical data structure (Doc 9303-10): bytes of elementary files to frozen values."""
