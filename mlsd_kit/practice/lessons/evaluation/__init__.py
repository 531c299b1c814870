"""The exercises of the lesson on evaluation."""
