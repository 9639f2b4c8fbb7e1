"""What panels and checks say, by id: whole sentences, so that they can be said in another language."""
