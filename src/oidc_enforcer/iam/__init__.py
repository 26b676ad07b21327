"""What an IAM role's trust policy means, for one token and for all that GitHub can mint."""
