// A small map of the picture, for the pointer: it appears once the picture is larger than what is seen of it.

const SVG = "http://www.w3.org/2000/svg";
const KINDS = ["data", "parameter", "constant", "intermediate", "loss"];

export class Minimap {
  #svg;
  #cards = document.createElementNS(SVG, "g");
  #frame = rectangle("seen");
  /** The part of the picture that is seen. */
  #seen = { x: 0, y: 0, width: 0, height: 0 };

  /**
   * @param {SVGSVGElement} svg an empty one, hidden from readers of the screen: they have the arrows
   * @param {(x: number, y: number) => void} go moves the middle of the view to a point of the picture
   */
  constructor(svg, go) {
    this.#svg = svg;
    svg.append(this.#cards, this.#frame);
    svg.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      // Else the focus would leave the card or the field that has it.
      event.preventDefault();
      svg.setPointerCapture(event.pointerId);
      const { x, y, width, height } = this.#seen;
      const at = this.#point(event);
      const inside = at.x >= x && at.x <= x + width && at.y >= y && at.y <= y + height;
      // The frame is held where it was taken; elsewhere, its middle comes to the pointer.
      const dx = inside ? x + width / 2 - at.x : 0;
      const dy = inside ? y + height / 2 - at.y : 0;
      const follow = (moved) => {
        const point = this.#point(moved);
        go(point.x + dx, point.y + dy);
      };
      follow(event);
      svg.addEventListener("pointermove", follow);
      svg.addEventListener("lostpointercapture", () => svg.removeEventListener("pointermove", follow), { once: true });
    });
  }

  #point({ clientX, clientY }) {
    return new DOMPoint(clientX, clientY).matrixTransform(this.#svg.getScreenCTM().inverse());
  }

  /**
   * Another picture.
   * @param {import("./fitting.js").Box | null} box all of it; null where there is none
   * @param {{card: SVGGElement, box: import("./fitting.js").Box}[]} cards
   */
  draw(box, cards) {
    if (!box) {
      this.#svg.toggleAttribute("hidden", true);
      return;
    }
    this.#svg.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
    this.#svg.style.setProperty("--shape", `${box.width} / ${box.height}`);
    this.#svg.style.setProperty("--flat", box.width / box.height);
    this.#cards.replaceChildren(...cards.map(({ card, box: at }) => {
      return place(rectangle(KINDS.find((kind) => card.classList.contains(kind)) ?? "intermediate"), at);
    }));
  }

  /**
   * @param {import("./fitting.js").Box} seen
   * @param {boolean} whole whether that is all of the picture: then there is no need of a map
   */
  frame(seen, whole) {
    this.#seen = seen;
    place(this.#frame, seen);
    this.#svg.toggleAttribute("hidden", whole);
  }
}

function rectangle(name) {
  const rect = document.createElementNS(SVG, "rect");
  rect.setAttribute("class", name);
  return rect;
}

function place(rect, box) {
  for (const side of ["x", "y", "width", "height"]) rect.setAttribute(side, box[side]);
  return rect;
}
