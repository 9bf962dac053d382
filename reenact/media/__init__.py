"""Media files: pictures, video reader and writer, previews, writing whole or not at all."""
