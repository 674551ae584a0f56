namespace Engram.Charts.Reports;

/// <summary>Shows the values of line charts under the pointer. It reads them back from the paths, so that no data is stored twice.</summary>
internal static class ReportScript
{
    public static string Source { get; } = """

        (() => {
          const box = document.body.appendChild(Object.assign(document.createElement('div'), { id: 'reading', hidden: true }));
          const words = text => text.split(' '), numbers = text => words(text).map(Number);
          const format = v => v === 0 ? '0' : Math.abs(v) >= 1e9 || Math.abs(v) < 1e-4 ? v.toExponential(2)
            : v.toLocaleString('en', { maximumSignificantDigits: Math.max(4, Math.ceil(Math.log10(Math.abs(v)))) });
          // No finer than the tenth of a pixel that coordinates have.
          const to = (step, v) => format(Math.round(v / step) * step);
          for (const svg of document.querySelectorAll('svg[data-plot]')) {
            const [left, top, width, height] = numbers(svg.dataset.plot);
            const [kind, x0, x1] = words(svg.dataset.x).map((w, i) => i ? Number(w) : w);
            const [scale, y0, y1] = words(svg.dataset.y).map((w, i) => i ? Number(w) : w);
            const toX = px => x0 + (px - left) / width * (x1 - x0);
            const toY = py => { const f = (top + height - py) / height; return scale === 'log' ? y0 * (y1 / y0) ** f : y0 + f * (y1 - y0); };
            const stepX = 10 ** Math.ceil(Math.log10((x1 - x0) / width / 10)), stepY = 10 ** Math.floor(Math.log10((y1 - y0) / height / 10));
            const showY = v => scale === 'log' ? format(Number(v.toPrecision(3))) : to(stepY, v);
            const days = (x1 - x0) / 864e5;
            const showX = px => kind !== 'date' ? to(stepX, toX(px)) : new Date(toX(px)).toISOString().slice(0, days > 90 ? 10 : 16).replace('T', ' ');
            const series = [...svg.querySelectorAll('[data-name]')].map(path => ({
              name: path.dataset.name, band: path.hasAttribute('opacity'),
              points: [...path.getAttribute('d').matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(m => [+m[1], +m[2]]),
            }));
            const line = svg.appendChild(document.createElementNS(svg.namespaceURI, 'line'));
            line.setAttribute('class', 'axis');
            const hide = () => { box.hidden = true; line.style.display = 'none'; };
            hide();
            svg.addEventListener('pointerleave', hide);
            svg.addEventListener('pointermove', event => {
              const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
              if (at.x < left - 4 || at.x > left + width + 4 || at.y < top - 4 || at.y > top + height + 4) return hide();
              let x = null;
              for (const s of series) for (const p of s.points) if (x === null || Math.abs(p[0] - at.x) < Math.abs(x - at.x)) x = p[0];
              const rows = [];
              for (const s of series) {
                const ys = s.points.filter(p => Math.abs(p[0] - x) < 0.6).map(p => toY(p[1]));
                if (!ys.length) continue;
                const low = Math.min(...ys), high = Math.max(...ys);
                rows.push([s.name, s.band || high - low > (y1 - y0) / 50 ? `${showY(low)} – ${showY(high)}` : showY(ys[0])]);
              }
              const head = document.createElement('b');
              head.textContent = showX(x);
              box.replaceChildren(head, ...rows.map(row => {
                const div = document.createElement('div');
                div.append(...row.map(text => Object.assign(document.createElement('span'), { textContent: text })));
                return div;
              }));
              box.hidden = false;
              line.style.display = '';
              for (const [key, value] of Object.entries({ x1: x, x2: x, y1: top, y2: top + height })) line.setAttribute(key, value);
              const over = event.clientX > innerWidth / 2;
              box.style.transform = `translate(${event.pageX + (over ? -14 : 14)}px,${event.pageY + 14}px) translateX(${over ? -100 : 0}%)`;
            });
          }
        })();

        """.Replace("\r\n", "\n", StringComparison.Ordinal);
}
