"""What a browser would send to a part of the desk."""


def press(part, do, **values):
    """Send what a button or a key sends."""
    part._handle_custom_msg({"do": do, **values}, [])


def type_in(part, **traits):
    """Set traits as the browser sets them."""
    part.set_state(traits)
