"""How well text can be read where it stands: its ink against what lies behind it, as painted."""

from labkit.pictures.palette import MIN_CONTRAST, contrast

# Each text in the element that shows: its ink, and the first ground behind it that isn't
# see-through, both as the browser paints them, whatever notation the style has.
INKS = """element => {
  const pen = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });
  const painted = (colour) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [a, '#' + [r, g, b].map((one) => one.toString(16).padStart(2, '0')).join('')];
  };
  const behind = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const [alpha, colour] = painted(getComputedStyle(at).backgroundColor);
      if (alpha === 255) return colour;
      if (alpha > 0) return 'half see-through';
    }
    return '#ffffff';
  };
  const texts = [element, ...element.querySelectorAll('*')].filter((one) => one.checkVisibility()
    && (one.value || [...one.childNodes].some((n) => n.nodeType === 3 && n.data.trim())));
  return texts.map((one) => [(one.value || one.textContent).slice(0, 40),
    painted(getComputedStyle(one).color)[1], behind(one)]);
}"""


def hard_to_read(view):
    """Return the texts of a locator's element with too little contrast, each with its colours."""
    found = view.evaluate(INKS)
    assert len(found) > 5  # So it looked at something.
    return [each for each in found if contrast(each[1], each[2]) < MIN_CONTRAST]
