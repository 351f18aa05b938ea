"""The command as a module: `python -m corpuscle`."""

from corpuscle.cli.main import main

if __name__ == "__main__":
    main()
