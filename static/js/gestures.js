// Hands on the picture: mouse, wheel, fingers and keys, told to the viewport.

/** @typedef {import("./viewport.js").Viewport} Viewport */

/** Pixels that a hand may tremble in a click. */
const SLACK = 4;
const ARROWS = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
const ZOOMS = { "+": 1, "=": 1, "-": -1, _: -1, "−": -1 };
/** What a notch of a mouse's wheel is on macOS, and its multiples when it is turned faster. */
const NOTCH = 4.000244140625;

/**
 * The picture is dragged, by its paper or by a card.
 * @param {HTMLElement} canvas
 * @param {Viewport} viewport
 */
export function listenToMouse(canvas, viewport) {
  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch" || event.button !== 0 || !viewport.svg) return;
    let { clientX: x, clientY: y } = event;
    let dragging = false;
    const over = new AbortController();
    const { signal } = over;
    const mine = (listener) => (other) => other.pointerId === event.pointerId && listener(other);
    addEventListener("pointermove", mine((moved) => {
      if (!dragging && Math.hypot(moved.clientX - x, moved.clientY - y) <= SLACK) return;
      if (!dragging) {
        dragging = true;
        canvas.setPointerCapture(event.pointerId);
        canvas.classList.add("dragged");
      }
      viewport.pan(moved.clientX - x, moved.clientY - y);
      ({ clientX: x, clientY: y } = moved);
    }), { signal });
    const end = mine(() => {
      over.abort();
      if (!dragging) return;
      canvas.classList.remove("dragged");
      swallowClick();
    });
    addEventListener("pointerup", end, { signal });
    addEventListener("pointercancel", end, { signal });
  });
}

/** The click that the browser makes of a drag's end means nothing. It comes at once, or not at all. */
function swallowClick() {
  const swallow = (event) => {
    event.stopPropagation();
    event.preventDefault();
  };
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
}

/**
 * A mouse's wheel zooms around the pointer, and so does a trackpad's pinch, which comes as a wheel with Ctrl. Two fingers on a
 * trackpad move the picture.
 * @param {HTMLElement} canvas
 * @param {Viewport} viewport
 */
export function listenToWheel(canvas, viewport) {
  let last = -Infinity;
  let wheel = false;
  canvas.addEventListener("wheel", (event) => {
    if (!viewport.svg) return;
    // One movement of the fingers sends many events, of which the first are small: it stays what it began as.
    if (event.timeStamp - last > 180) wheel = fromWheel(event);
    last = event.timeStamp;
    const unit = [1, 33, canvas.clientHeight][event.deltaMode];
    const dx = event.deltaX * unit;
    const dy = event.deltaY * unit;
    if (event.ctrlKey || event.metaKey || (wheel && !dx)) {
      // A pinch comes in far smaller numbers than a notch.
      const strength = event.ctrlKey && Math.abs(dy) < 40 ? 0.01 : 0.0018;
      viewport.zoom(Math.exp(Math.min(Math.max(-dy * strength, -0.3), 0.3)), { x: event.clientX, y: event.clientY });
    } else {
      // Where all is in view, the fingers rather mean the page, if it has more to show.
      if (viewport.whole && document.documentElement.scrollHeight > innerHeight) return;
      viewport.pan(-dx, -dy);
    }
    event.preventDefault();
  }, { passive: false });
}

/** Whether a wheel was turned: no event says so, but a wheel goes in notches, straight down; a trackpad in small steps. */
function fromWheel(event) {
  if (event.deltaMode !== WheelEvent.DOM_DELTA_PIXEL) return true;
  if (event.deltaX) return event.shiftKey;
  return event.deltaY % NOTCH === 0 || (Math.abs(event.deltaY) >= 40 && event.wheelDeltaY !== -3 * event.deltaY);
}

/**
 * Two fingers move and pinch the picture; one goes on scrolling the page, and is told so where it might have meant the picture.
 * @param {HTMLElement} canvas
 * @param {Viewport} viewport
 */
export function listenToFingers(canvas, viewport) {
  const hint = canvas.parentElement.querySelector(".fingers");
  /** @type {{x: number, y: number, apart: number} | null} */
  let before = null;
  let telling = 0;
  const both = ({ touches }) => {
    const [a, b] = touches;
    if (touches.length !== 2 || !canvas.contains(a.target) || !canvas.contains(b.target)) return null;
    const apart = Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
    return { x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2, apart };
  };
  const begin = (event) => {
    before = viewport.svg ? both(event) : null;
    // The browser would zoom the page.
    if (before && event.cancelable) event.preventDefault();
  };
  canvas.addEventListener("touchstart", begin, { passive: false });
  canvas.addEventListener("touchend", begin, { passive: false });
  canvas.addEventListener("touchcancel", () => (before = null));
  canvas.addEventListener("touchmove", (event) => {
    const now = before && both(event);
    if (now) {
      hint.classList.remove("told");
      if (event.cancelable) event.preventDefault();
      viewport.pan(now.x - before.x, now.y - before.y);
      viewport.zoom(now.apart / Math.max(1, before.apart), now);
      before = now;
    } else if (event.touches.length === 1 && viewport.svg && !viewport.whole) {
      hint.classList.add("told");
      clearTimeout(telling);
      telling = setTimeout(() => hint.classList.remove("told"), 1400);
    }
  }, { passive: false });
}

/**
 * Arrows move the picture when the canvas itself has the focus: on a card, they lead to the next one. + and − zoom on both, around
 * the card or the middle, but + opens a card that has something to open.
 * @param {HTMLElement} canvas
 * @param {Viewport} viewport
 */
export function listenToKeys(canvas, viewport) {
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !viewport.svg) return;
    const card = event.target.closest(".card");
    if (event.key in ARROWS && !card) viewport.pan(...ARROWS[event.key], true);
    else if (event.key === "0") viewport.fit();
    else if (event.key in ZOOMS && !(event.key === "+" && card?.querySelector("[data-open]"))) {
      const { x, y, width, height } = (card ?? canvas).getBoundingClientRect();
      viewport.step(ZOOMS[event.key], { x: x + width / 2, y: y + height / 2 });
    } else return;
    event.preventDefault();
    // What else listens to arrows on the page is not meant.
    event.stopPropagation();
  });
}
