/** Which labels objects must have, as workloads and services write it: `deployment.spec.selector` can be given as it is. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

const NAME = "[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?";
const KEY = new RegExp(`^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?${NAME}$`);
const VALUE = new RegExp(`^(?:${NAME})?$`);

/**
 * Writes a label selector as the API server reads it. Text is taken as it is.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 *
 * @throws {RangeError} for keys and values that no label can have, so that nothing can be smuggled in, and for operators that do not exist
 */
export function labelSelectorText(selector: string | LabelSelector): string {
  if (typeof selector === "string") return selector;
  const equal = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]) => `${checkKey(key)}=${checkValue(value)}`,
  );
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values = [] }) => {
    checkKey(key);
    const list = values.map(checkValue).join(",");
    const needsValues = operator === "In" || operator === "NotIn";
    if (needsValues !== values.length > 0)
      throw new RangeError(`label "${key}": ${operator} with ${values.length} values`);
    switch (operator) {
      case "In":
        return `${key} in (${list})`;
      case "NotIn":
        return `${key} notin (${list})`;
      case "Exists":
        return key;
      case "DoesNotExist":
        return `!${key}`;
      default:
        throw new RangeError(`label "${key}": "${operator}" is no operator: use In, NotIn, Exists or DoesNotExist`);
    }
  });
  return [...equal, ...expressions].join(",");
}

/**
 * Writes a field selector; values may hold anything. Text is taken as it is.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/field-selectors/
 *
 * @param selector field path to the value that it must have
 */
export function fieldSelectorText(selector: string | Readonly<Record<string, string>>): string {
  if (typeof selector === "string") return selector;
  return Object.entries(selector)
    .map(([field, value]) => {
      if (!/^[\w.[\]/-]+$/.test(field)) throw new RangeError(`"${field}" is no field path`);
      return `${field}=${value.replace(/[\\,=]/g, "\\$&")}`;
    })
    .join(",");
}

function checkKey(key: string): string {
  if (!KEY.test(key)) throw new RangeError(`"${key}" cannot be the key of a label`);
  return key;
}

function checkValue(value: string): string {
  if (!VALUE.test(value)) throw new RangeError(`"${value}" cannot be the value of a label`);
  return value;
}
