"""What proves it: documents, their numbers, their files for people and for the SdI, and the takings each enters."""
