throw 10n ** 100n;
