// A canvas on which the pointer moves and stretches the time that is shown, says what is under it, and clicks.
// Times are in whatever unit the canvas counts in.
// Self-contained, because its source is put into the page as it is: no imports but types.

export interface TimeWindow {
  from: number;
  span: number;
}

export interface PanAndZoomOptions {
  readonly canvas: HTMLCanvasElement;
  readonly tip: HTMLElement;
  readonly shown: TimeWindow;
  /** Where times begin and end on the canvas, in pixels. */
  readonly edges: () => { readonly gutter: number; readonly width: number };
  /** The window has been moved, possibly too far. */
  readonly changed: () => void;
  /** What is under the pointer in words, and where the words go; null for nothing. */
  readonly hover: (x: number, y: number) => { readonly text: string; readonly top: number } | null;
  readonly click: (x: number, y: number) => void;
}

export function panAndZoom(options: PanAndZoomOptions): void {
  const { canvas, tip, shown, edges, changed, hover, click } = options;
  const clickPixels = 4;
  let dragX = 0;
  let dragFrom = 0;
  let dragging = false;
  let moved = false;
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return;
    dragging = true;
    moved = false;
    dragX = event.offsetX;
    dragFrom = shown.from;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', (event) => {
    const { gutter, width } = edges();
    if (dragging) {
      const shift = event.offsetX - dragX;
      if (Math.abs(shift) > clickPixels) moved = true;
      if (!moved) return;
      shown.from = dragFrom - (shift / (width - gutter)) * shown.span;
      tip.hidden = true;
      return changed();
    }
    const hit = hover(event.offsetX, event.offsetY);
    canvas.style.cursor = hit === null ? 'grab' : 'pointer';
    tip.hidden = hit === null;
    if (hit === null) return;
    tip.textContent = hit.text;
    tip.style.left = `${Math.max(4, Math.min(event.offsetX + 14, width - tip.offsetWidth - 8))}px`;
    tip.style.top = `${hit.top}px`;
  });
  canvas.addEventListener('pointerup', (event) => {
    dragging = false;
    if (!moved) click(event.offsetX, event.offsetY);
  });
  canvas.addEventListener('pointercancel', () => {
    dragging = false;
  });
  canvas.addEventListener('pointerleave', () => {
    tip.hidden = true;
  });
  canvas.addEventListener(
    'wheel',
    (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (!event.ctrlKey && !event.metaKey && !sideways) return;
      event.preventDefault();
      const { gutter, width } = edges();
      if (sideways) shown.from += (event.deltaX / width) * shown.span;
      else {
        const place = (event.offsetX - gutter) / (width - gutter);
        const factor = event.deltaY > 0 ? 1.2 : 1 / 1.2;
        shown.from += place * shown.span * (1 - factor);
        shown.span *= factor;
      }
      changed();
    },
    { passive: false },
  );
}
