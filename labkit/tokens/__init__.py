"""Who are you: tokens, keys and the policy that accepts them."""
