"""Who is on duty, where and until when: in a stream that needs somebody, or at the desk."""
