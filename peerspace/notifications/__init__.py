"""What reaches a member outside the page: the inbox and e-mail digests."""
