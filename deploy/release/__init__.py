"""``make release``: everything that is handed out of one version, twice, and compared.

Responsible for what a release is made of. Refuses to publish: nothing leaves this machine, and the
tag is not pushed.
"""
