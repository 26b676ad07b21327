"""Edits that turn one shape into another: from stored keys to OIDC, by short edits on spans.

Everything here is pure and proposes; `remedies` proves what is proposed before anybody sees it.
"""
