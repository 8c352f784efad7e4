"""What people write to one another, whatever the place: streams and the contributions that stand in them."""
