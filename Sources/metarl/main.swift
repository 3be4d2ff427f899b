import MetaRLCommand

MetaRL.main()
