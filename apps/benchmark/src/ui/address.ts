// A field for the address of a module, which says itself what is wrong with it.
import { ArgumentError } from "@isoform/core";
import { h } from "./dom.js";
import { errorText } from "./transfer.js";

/**
 * The full form of an address of code; one without a host is of this page's place.
 * @throws {ArgumentError} when it is none, or not http or https
 */
export function moduleAddress(text: string, base: string): string {
  const hint = "give one of http or https, e.g. https://example.org/module.js, or a file beside this page";
  const quoted = `“${text.length > 60 ? `${text.slice(0, 59)}…` : text}”`;
  if (!URL.canParse(text, base))
    throw new ArgumentError(`${quoted} is no address`, { code: "app/address", hint });
  const { protocol, href } = new URL(text, base);
  if (protocol !== "http:" && protocol !== "https:")
    throw new ArgumentError(`${quoted} is an address of ${protocol}`, { code: "app/address", hint });
  return href;
}

/** The field, and the place below it for its trouble. */
export class AddressField {
  readonly input: HTMLInputElement;
  readonly trouble: HTMLElement;

  /** @param attributes More of the field: its id or name, what it is called and described by */
  constructor(attributes: Readonly<Record<string, string>>) {
    this.input = h("input", {
      type: "text",
      inputmode: "url",
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
      ...attributes,
    });
    this.trouble = h("p", { class: "note bad", role: "alert", hidden: true });
    this.input.addEventListener("input", () => this.tell(null));
  }

  /** The address; null where it is empty, or none, which the field then shows. */
  read(): string | null {
    const text = this.input.value.trim();
    if (text === "") return null;
    try {
      return moduleAddress(text, location.href);
    } catch (error) {
      this.tell(errorText(error));
      return null;
    }
  }

  /** Whether `read` found something that is no address. */
  get wrong(): boolean {
    return !this.trouble.hidden;
  }

  private tell(text: string | null): void {
    this.trouble.hidden = text === null;
    this.trouble.textContent = text ?? "";
    if (text === null) this.input.removeAttribute("aria-invalid");
    else this.input.setAttribute("aria-invalid", "true");
  }
}
