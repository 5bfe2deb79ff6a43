/** The page's elements, by id. What comes from elsewhere is text, never markup. */
export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no ${id}.`);
  return found;
}

/** Empty text hides the element. */
export function text(id: string, content: string): void {
  const target = element(id);
  target.textContent = content;
  target.hidden = content === '';
}

/** Shows one section and no other. */
export function show(section: string): void {
  for (const each of document.querySelectorAll('section')) each.hidden = each.id !== section;
}

/** Lines of a list, or rows of a table: the element's name, then its text or its cells. */
export function fill(id: string, lines: readonly (readonly [string, ...string[]])[]): void {
  element(id).replaceChildren(...lines.map(([name, ...cells]) => {
    const line = document.createElement(name);
    if (name === 'tr') line.append(...cells.map(cell));
    else line.textContent = cells.join(' ');
    return line;
  }));
}

function cell(content: string): HTMLElement {
  const made = document.createElement('td');
  made.textContent = content;
  return made;
}

/** One submission at a time: the button rests meanwhile. */
export function onSubmit(id: string, guarded: (action: () => Promise<unknown>) => Promise<void>, action: (form: FormData) => Promise<unknown>): void {
  const form = element(id) as HTMLFormElement;
  form.onsubmit = (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    if (button === null || button.disabled) return;
    button.disabled = true;
    void guarded(() => action(new FormData(form))).finally(() => (button.disabled = false));
  };
}
