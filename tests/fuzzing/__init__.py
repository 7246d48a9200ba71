"""Files and messages at random: nothing but a LabellerError may come out of any of them."""
