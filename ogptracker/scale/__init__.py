"""An invented world of any size, to measure the tracker with: as many rows as the partnership would bring, or ten times
as many, such as the software itself would hold them."""
