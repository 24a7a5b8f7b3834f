/** What a field must be, in words. */
const EXPECTED = {
  text: "a string",
  flag: "true or false",
  texts: "a list of strings",
  list: "a list",
  map: "a map of fields",
};

/**
 * One map of a kubeconfig while it is read: returns fields by type, as kubectl decodes them, and keeps track of those that nobody asked for. Errors quote names,
 * never values, which may be secrets. Absent fields and null are empty.
 */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #asked = new Set<string>();
  readonly #within: { readonly name: string; readonly fields: Fields }[] = [];

  /**
   * @param path the map's name in errors
   * @throws {TypeError} if it is not a map
   */
  constructor(value: unknown, path: string) {
    if (value !== null && value !== undefined && !isMap(value)) throw wrong(path || "it", "map", value);
    this.#values = value ?? {};
    this.#path = path;
  }

  text(name: string): string {
    const value = this.raw(name) ?? "";
    if (typeof value !== "string") throw wrong(this.#at(name), "text", value);
    return value;
  }

  flag(name: string): boolean {
    const value = this.raw(name) ?? false;
    if (typeof value !== "boolean") throw wrong(this.#at(name), "flag", value);
    return value;
  }

  texts(name: string): string[] {
    const value = this.raw(name) ?? [];
    if (!Array.isArray(value)) throw wrong(this.#at(name), "texts", value);
    return value.map((each: unknown, index) => {
      if (each !== null && typeof each !== "string") throw wrong(`${this.#at(name)}[${index}]`, "text", each);
      return each ?? "";
    });
  }

  /** Decodes base64 to text. */
  data(name: string): string {
    const value = this.text(name).replace(/[\r\n]/g, "");
    if (value.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(value)) return Buffer.from(value, "base64").toString();
    throw new TypeError(`${this.#at(name)} is not base64`);
  }

  /** A map whose values are all read by one function. */
  map<T>(name: string, read: (fields: Fields, key: string) => T): Record<string, T> {
    const fields = this.within(name) ?? new Fields({}, "");
    // No prototype: the keys are somebody else's.
    return Object.assign(
      Object.create(null),
      Object.fromEntries(Object.keys(fields.#values).map((key) => [key, read(fields, key)])),
    );
  }

  /**
   * @param path the map's name in errors
   * @returns undefined if there is no such map
   */
  within(name: string, path = this.#at(name)): Fields | undefined {
    const value = this.raw(name) ?? undefined;
    if (value === undefined) return undefined;
    const fields = new Fields(value, path);
    this.#within.push({ name, fields });
    return fields;
  }

  /** The maps of a list. */
  list(name: string, path: (values: Readonly<Record<string, unknown>>) => string = () => this.#at(name)): Fields[] {
    const value = this.raw(name) ?? [];
    if (!Array.isArray(value)) throw wrong(this.#at(name), "list", value);
    return value.map((each: unknown) => {
      const fields = new Fields(each, isMap(each) ? path(each) : this.#at(name));
      this.#within.push({ name, fields });
      return fields;
    });
  }

  raw(name: string): unknown {
    this.#asked.add(name);
    return Object.hasOwn(this.#values, name) ? this.#values[name] : undefined;
  }

  /** The names of fields that nobody asked for, here and within. */
  unread(): string[] {
    const own = Object.keys(this.#values).filter((name) => !this.#asked.has(name));
    return [...own, ...this.#within.flatMap(({ name, fields }) => fields.unread().map((each) => `${name}.${each}`))];
  }

  #at(name: string): string {
    return this.#path === "" ? name : `${this.#path}: ${name}`;
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const KINDS: Readonly<Record<string, string>> = { string: "string", bigint: "number" };

function wrong(path: string, expected: keyof typeof EXPECTED, value: unknown): TypeError {
  const found = Array.isArray(value) ? "list" : isMap(value) ? "map" : (KINDS[typeof value] ?? typeof value);
  const quotes = expected === "text" && !/list|map/.test(found) ? "; put it in quotes" : "";
  return new TypeError(`${path} must be ${EXPECTED[expected]}, not a ${found}${quotes}`);
}
