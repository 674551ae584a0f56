namespace Engram.Charts.Gates;

/// <summary>
/// Draws explorers and moves through them. Each map is drawn once, as a picture of one pixel for each number; a step moves a frame and a veil over it and draws
/// one column of the state, so it costs the same for 10 steps and for 400.
/// </summary>
internal static class GateScript
{
    public static string Source { get; } = """

        (() => {
          const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
          const make = (tag, parent, cls, text) => {
            const e = parent.appendChild(document.createElement(tag));
            if (cls) e.className = cls;
            if (text !== undefined) e.textContent = text;
            return e;
          };
          const night = matchMedia('(prefers-color-scheme: dark)');
          const percent = p => p > 0.9995 ? '> 99.9 %' : p < 0.0005 ? '< 0.1 %' : (100 * p).toFixed(p < 0.0995 ? 1 : 0) + ' %';

          for (const figure of document.querySelectorAll('figure.gates')) {
            const data = JSON.parse(figure.querySelector('script').textContent);
            const T = data.steps.length, tables = data.colors.map(bytes);
            for (const layer of data.layers) for (const map of layer.maps) map.data = bytes(map.data);
            figure.querySelector('noscript').remove();
            const table = signed => tables[signed ? night.matches ? 2 : 1 : 0];
            const rgb = (signed, q) => [0, 1, 2].map(i => table(signed)[3 * q + i]);
            let layer, state, U, step = data.start, unit = data.unit, shown = T - 1, timer = 0, views = [], lines = [];

            const bar = make('div', figure, 'bar');
            const field = (text, tag) => { const label = make('label', bar, '', text); return make(tag, label); };
            const layerBox = field('Layer', 'select');
            data.layers.forEach((l, i) => { make('option', layerBox, '', l.name).value = i; });
            layerBox.parentNode.hidden = data.layers.length === 1;
            const colorBox = field('Colour the words by', 'select');
            const unitBox = field('Unit', 'input');
            unitBox.type = 'number';
            const words = make('div', figure, 'words');
            const chips = data.steps.map((text, t) => {
              const chip = make('button', words, '', text);
              chip.type = 'button';
              chip.onclick = () => go(t);
              return chip;
            });
            const time = make('div', figure, 'time');
            const play = make('button', time, '', '▶ Play');
            play.type = 'button';
            const slider = make('input', time);
            Object.assign(slider, { type: 'range', min: 0, max: T - 1, value: step });
            slider.setAttribute('aria-label', 'Step');
            const place = make('span', time);
            const note = make('p', figure, 'note-at');
            note.setAttribute('aria-live', 'polite');
            note.hidden = !data.notes;
            const now = make('div', figure, 'now');
            const guessPart = make('section', now), statePart = make('section', now), unitPart = make('section', now);
            guessPart.hidden = !data.guesses;
            const guessTitle = make('h3', guessPart), guessRows = make('div', guessPart);
            const stateTitle = make('h3', statePart), stateCanvas = make('canvas', statePart);
            stateCanvas.style.height = '168px';
            stateCanvas.style.cursor = 'pointer';
            const unitTitle = make('h3', unitPart), unitLines = make('div', unitPart, 'lines');
            const maps = make('div', figure, 'maps');
            const keys = make('p', figure, 'keys');
            keys.innerHTML = '<kbd>←</kbd> <kbd>→</kbd> a step, <kbd>Home</kbd> <kbd>End</kbd> the first and the last, <kbd>↑</kbd> <kbd>↓</kbd> a unit, <kbd>Space</kbd> play. A click into a map chooses unit and step; units that do alike stand next to each other.';
            const reading = make('div', figure, 'reading');
            reading.hidden = true;

            const at = (map, t, u) => map.data[t * U + u];
            const value = (map, t, u) => at(map, t, u) === 255 ? NaN : map.low + at(map, t, u) / 254 * (map.high - map.low);
            const show = v => isNaN(v) ? '–' : (Math.abs(v) < 0.005 ? 0 : v).toFixed(2).replace('-', '−');
            const sharp = (canvas, width, height) => {
              const ratio = devicePixelRatio || 1;
              canvas.width = Math.max(1, Math.round(width * ratio));
              canvas.height = Math.max(1, Math.round(height * ratio));
              const g = canvas.getContext('2d');
              g.scale(ratio, ratio);
              return g;
            };
            const style = name => getComputedStyle(figure).getPropertyValue(name);

            function choose(index) {
              layer = data.layers[index];
              U = layer.order.length;
              state = layer.maps.find(map => map.name === layer.state);
              layer.rank = layer.rank || layer.order.reduce((rank, u, row) => { rank[u] = row; return rank; }, []);
              if (!(unit >= 0 && unit < U)) unit = layer.order[0];
              Object.assign(unitBox, { min: 0, max: U - 1 });
              const kept = colorBox.value;
              colorBox.replaceChildren();
              if (data.weights) make('option', colorBox, '', data.weightsName).value = 'weights';
              for (const map of layer.maps) make('option', colorBox, '', 'the unit’s ' + map.name).value = map.name;
              if ([...colorBox.options].some(option => option.value === kept)) colorBox.value = kept;
              maps.replaceChildren();
              views = layer.maps.map(map => {
                const part = make('section', maps), head = make('h3', part, '', map.name);
                const scale = make('span', head, 'scale');
                make('span', scale, '', show(map.low));
                const strip = make('i', scale);
                make('span', scale, '', show(map.high));
                const box = make('div', part, 'map'), canvas = make('canvas', box);
                canvas.style.height = Math.min(300, Math.max(130, 3 * U)) + 'px';
                const view = { map, strip, box, canvas, pixels: document.createElement('canvas'), veil: make('div', box, 'veil'), row: make('div', box, 'row'), cursor: make('div', box, 'cursor'), axis: make('div', part, 'axis') };
                const target = event => {
                  const r = canvas.getBoundingClientRect();
                  return [Math.min(T - 1, Math.max(0, Math.floor((event.clientX - r.left) / r.width * T))), layer.order[Math.min(U - 1, Math.max(0, Math.floor((event.clientY - r.top) / r.height * U)))]];
                };
                box.onclick = event => { const [t, u] = target(event); pick(u); go(t); };
                box.onpointermove = event => {
                  const [t, u] = target(event);
                  reading.textContent = `${data.steps[t]} · unit ${u} · ${show(value(map, t, u))}`;
                  reading.hidden = false;
                  const left = event.clientX > innerWidth - 220;
                  reading.style.transform = `translate(${event.clientX + (left ? -12 : 12)}px,${event.clientY + 14}px) translateX(${left ? -100 : 0}%)`;
                };
                box.onpointerleave = () => { reading.hidden = true; };
                return view;
              });
              unitLines.replaceChildren();
              lines = layer.maps.map(map => {
                const row = make('div', unitLines);
                make('span', row, '', map.name);
                return { map, canvas: make('canvas', row), text: make('span', row) };
              });
              paint();
            }

            // The pictures of all maps, for the present colours.
            function paint() {
              for (const view of views) {
                const { map, pixels } = view, colors = table(map.signed), packed = new Uint32Array(256); // the last one is clear: an empty place
                for (let q = 0; q < 255; q++) packed[q] = 0xff000000 | colors[3 * q + 2] << 16 | colors[3 * q + 1] << 8 | colors[3 * q];
                pixels.width = T;
                pixels.height = U;
                const g = pixels.getContext('2d'), image = g.createImageData(T, U), out = new Uint32Array(image.data.buffer);
                for (let row = 0; row < U; row++) for (let t = 0, u = layer.order[row]; t < T; t++) out[row * T + t] = packed[map.data[t * U + u]];
                g.putImageData(image, 0, 0);
                view.strip.style.background = `linear-gradient(90deg,${[0, 64, 127, 190, 254].map(q => `rgb(${rgb(map.signed, q)})`).join()})`;
              }
              layOut();
            }

            function layOut() {
              for (const view of views) {
                const width = view.canvas.clientWidth, height = view.canvas.clientHeight, g = sharp(view.canvas, width, height);
                g.imageSmoothingEnabled = width < T || height < U;
                g.drawImage(view.pixels, 0, 0, width, height);
                const stride = Math.max(1, Math.ceil(15 * T / width)), widest = Math.max(...data.steps.map(text => text.length));
                view.axis.replaceChildren();
                view.axis.style.height = Math.min(90, 20 + 5.6 * widest) + 'px';
                view.labels = [];
                for (let t = 0; t < T; t += stride) {
                  const label = make('span', view.axis, '', data.steps[t]);
                  label.style.left = `calc(${(t + 0.5) / T * 100}% + 7px)`;
                  label.style.transform = 'rotate(65deg)';
                  view.labels[t] = label;
                }
              }
              pick(unit);
              go(step);
            }

            function pick(u) {
              unit = u;
              unitBox.value = u;
              const row = layer.rank[u];
              for (const view of views) Object.assign(view.row.style, { top: row / U * 100 + '%', height: `max(3px,${100 / U}%)` });
              unitTitle.textContent = 'Unit ' + u + ' over time';
              for (const line of lines) {
                const width = line.canvas.clientWidth, g = line.g = sharp(line.canvas, width, 24), map = line.map;
                const x = t => T === 1 ? width / 2 : 3 + t / (T - 1) * (width - 6), y = t => 21 - at(map, t, u) / 254 * 18;
                g.strokeStyle = style('--line');
                g.beginPath();
                g.moveTo(0, map.signed ? 12 : 21.5);
                g.lineTo(width, map.signed ? 12 : 21.5);
                g.stroke();
                g.strokeStyle = style('--ink');
                g.lineWidth = 1.3;
                g.beginPath();
                for (let t = 0; t < T; t++) if (at(map, t, u) < 255) g.lineTo(x(t), y(t));
                g.stroke();
                line.picture = g.getImageData(0, 0, line.canvas.width, line.canvas.height);
                line.dot = t => {
                  g.putImageData(line.picture, 0, 0);
                  g.fillStyle = style('--blue');
                  g.beginPath();
                  g.arc(x(t), y(t), 3.2, 0, 7);
                  g.fill();
                  line.text.textContent = show(value(map, t, u));
                };
                line.dot(step);
              }
              colour();
              bars();
            }

            // The words by the chosen series: diverging by sign, or as the map has it.
            function colour() {
              const weights = colorBox.value === 'weights', map = layer.maps.find(map => map.name === colorBox.value);
              const reach = weights ? Math.max(1e-9, ...data.weights.map(Math.abs)) : 0;
              chips.forEach((chip, t) => {
                const q = weights ? Math.round(127 + 127 * data.weights[t] / reach) : at(map, t, unit), signed = weights || map.signed;
                if (q === 255) { chip.style.background = chip.style.color = chip.title = ''; return; }
                const [r, g, b] = rgb(signed, q);
                chip.style.background = `rgb(${r},${g},${b})`;
                chip.style.color = 0.3 * r + 0.59 * g + 0.11 * b > 135 ? '#10151b' : '#fff';
                chip.title = weights ? show(data.weights[t]) : `unit ${unit}: ${show(value(map, t, unit))}`;
              });
            }

            // The state of every unit at this step; where it stood a step before, as a mark.
            function bars() {
              const width = stateCanvas.clientWidth, height = stateCanvas.clientHeight, g = sharp(stateCanvas, width, height);
              const reach = Math.max(Math.abs(state.low), Math.abs(state.high)), zero = state.signed ? height / 2 : height - 2, scale = (state.signed ? height / 2 - 4 : height - 6) / reach;
              const each = width / U, up = style('--vermilion') || `rgb(${rgb(true, 245)})`, down = `rgb(${rgb(true, 9)})`, ink = style('--ink');
              g.fillStyle = style('--line');
              g.fillRect(0, zero, width, 1);
              for (let row = 0; row < U; row++) {
                const u = layer.order[row], v = value(state, step, u) * scale, x = row * each;
                g.fillStyle = v >= 0 ? up : down;
                g.fillRect(x, zero - Math.max(v, 0), Math.max(each - (each > 3 ? 1 : 0), 0.5), Math.abs(v));
                if (step > 0 && each > 2) {
                  g.fillStyle = ink;
                  g.fillRect(x, zero - value(state, step - 1, u) * scale - 0.75, each - (each > 3 ? 1 : 0), 1.5);
                }
                if (u === unit) {
                  g.strokeStyle = ink;
                  g.strokeRect(x - 0.5, 1, Math.max(each, 3), height - 2);
                }
              }
            }

            function go(t) {
              step = Math.min(T - 1, Math.max(0, t));
              slider.value = step;
              slider.setAttribute('aria-valuetext', data.steps[step]);
              place.textContent = `${step + 1} of ${T}`;
              for (const view of views) {
                view.cursor.style.left = `calc(${step / T * 100}% - 1px)`;
                view.cursor.style.width = `max(3px,${100 / T}%)`;
                view.veil.style.left = (step + 1) / T * 100 + '%';
                if (view.lit) view.lit.className = '';
                view.lit = view.labels[step];
                if (view.lit) view.lit.className = 'at';
              }
              for (let i = Math.min(step, shown); i <= Math.max(step, shown); i++) chips[i].classList.toggle('due', i > step);
              chips[shown].removeAttribute('aria-current');
              shown = step;
              const chip = chips[step];
              chip.setAttribute('aria-current', 'step');
              if (words.scrollHeight > words.clientHeight) words.scrollTop = chip.offsetTop - words.offsetTop - words.clientHeight / 2;
              if (data.notes) note.textContent = data.notes[step];
              stateTitle.innerHTML = '';
              stateTitle.append(`The ${state.name} after “${data.steps[step]}” `);
              make('small', stateTitle, '', step > 0 && U < 200 ? 'a bar for each unit; the mark is where it was a step before' : 'a bar for each unit');
              bars();
              for (const line of lines) if (line.dot) line.dot(step);
              if (!data.guesses) return;
              guessTitle.textContent = `What comes after “${data.steps[step]}”?`;
              guessRows.replaceChildren();
              const list = data.guesses[step];
              for (let i = 0; i < list.length; i += 2) {
                const row = make('div', guessRows, 'guess' + (list[i] === (data.steps[step + 1] || '').toLowerCase() ? ' came' : ''));
                make('b', row, '', list[i]);
                make('i', row).style.width = 100 * list[i + 1] + '%';
                make('span', row, '', percent(list[i + 1]));
              }
            }

            function stop() { clearInterval(timer); timer = 0; play.textContent = '▶ Play'; }
            function toggle() {
              if (timer) return stop();
              if (step === T - 1) go(0);
              play.textContent = '❚❚ Pause';
              timer = setInterval(() => { if (step === T - 1) stop(); else go(step + 1); }, Math.max(60, Math.min(700, 20000 / T)));
            }
            play.onclick = toggle;
            slider.oninput = () => { stop(); go(+slider.value); };
            layerBox.onchange = () => choose(+layerBox.value);
            colorBox.onchange = colour;
            unitBox.onchange = () => pick(Math.min(U - 1, Math.max(0, Math.round(+unitBox.value) || 0)));
            stateCanvas.onclick = event => {
              const r = stateCanvas.getBoundingClientRect();
              pick(layer.order[Math.min(U - 1, Math.max(0, Math.floor((event.clientX - r.left) / r.width * U)))]);
            };
            const first = figure === document.querySelector('figure.gates');
            document.addEventListener('keydown', event => {
              const target = event.target, inside = figure.contains(target);
              if (event.ctrlKey || event.metaKey || event.altKey || !(inside || first && target === document.body)) return;
              if (target.matches('select, input[type=number]') || event.key === ' ' && target.matches('button, summary')) return;
              const moves = { ArrowLeft: () => go(step - 1), ArrowRight: () => go(step + 1), Home: () => go(0), End: () => go(T - 1),
                ArrowUp: () => pick(layer.order[Math.max(0, layer.rank[unit] - 1)]), ArrowDown: () => pick(layer.order[Math.min(U - 1, layer.rank[unit] + 1)]), ' ': toggle };
              if (!moves[event.key]) return;
              event.preventDefault();
              if (event.key !== ' ') stop();
              moves[event.key]();
            });
            let width = 0;
            new ResizeObserver(() => { if (figure.clientWidth !== width) { width = figure.clientWidth; layOut(); } }).observe(figure);
            night.addEventListener('change', paint);
            choose(0);
            colour();
          }
        })();

        """.Replace("\r\n", "\n", StringComparison.Ordinal);
}
