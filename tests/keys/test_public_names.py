from tongxing import keys


def test_the_package_shows_these_names_and_no_other() -> None:
    assert keys.__all__ == [
        "Holder",
        "HolderEpoch",
        "HolderEpochs",
        "HolderKey",
        "HolderRef",
        "HubSigner",
        "MalformedEnvelope",
        "PublicKey",
        "RootKeys",
        "Sm2Signer",
        "SuiteName",
        "TrustList",
        "TrustListRefused",
        "TrustStore",
        "UnverifiedEnvelope",
        "VerificationFailed",
        "Verified",
        "sign_receipt",
        "verify",
        "verify_receipt",
    ]
