import { isRecord } from "../../runtime/job/problem.ts";
import { Mark } from "../../runtime/page/marks.tsx";
import type { JobDetail } from "../source/run-source.ts";
import { paramText } from "../source/select.ts";
import { jobPath } from "./query.ts";

/** More than these are a list to choose from. */
const RADIOS_MAX = 4;
/** A parameter as a form asks for it. */
interface Field {
  readonly name: string;
  readonly kind: "text" | "number" | "choice" | "choices" | "switch" | "json";
  readonly choices: readonly string[];
  readonly hint: string;
  readonly isRequired: boolean;
  /** As text; several for a list. */
  readonly standard: readonly string[];
}

/** What a person has given so far, by the names of fields; kept when it was refused. */
export interface Given {
  readonly values: ReadonlyMap<string, readonly string[]>;
  /** All parameters as JSON, in place of the fields. */
  readonly raw?: string;
  /** Why it was refused, and what to do. */
  readonly problem?: { readonly message: string; readonly hint?: string | undefined };
}

/** The fields that a JSON Schema asks for. */
export function fieldsOf(schema: unknown): Field[] {
  if (!isRecord(schema) || !isRecord(schema.properties)) return [];
  const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
  return Object.entries(schema.properties).map(([name, property]) => ({
    name,
    isRequired: required.includes(name),
    ...kindOf(property),
  }));
}

function kindOf(property: unknown): Omit<Field, "name" | "isRequired"> {
  if (!isRecord(property)) return { kind: "json", choices: [], hint: "", standard: [] };
  const { type, enum: words, items, default: value } = property;
  const isList = type === "array" && isRecord(items) && Array.isArray(items.enum);
  const choices = (isList ? (items as { enum: unknown[] }).enum : Array.isArray(words) ? words : []).map(String);
  const standard = value === undefined ? [] : (Array.isArray(value) ? value : [value]).map(paramText);
  const description = typeof property.description === "string" ? property.description : "";
  const hint = [description, value === undefined ? "" : `Default ${standard.join(", ") || "empty"}.`]
    .filter((part) => part !== "")
    .join(". ")
    .replace(/\.\. /, ". ");
  const kind = isList
    ? "choices"
    : choices.length > 0
      ? "choice"
      : type === "boolean"
        ? "switch"
        : type === "number" || type === "integer"
          ? "number"
          : type === "string"
            ? "text"
            : "json";
  return { kind, choices: kind === "switch" ? ["true", "false"] : choices, hint, standard };
}

/** The form of a job's parameters, from its JSON Schema: fields, or all of them as JSON. What is refused keeps what was given. */
export function ParamsForm({
  job,
  given,
  csrf,
}: {
  readonly job: JobDetail;
  readonly given: Given;
  readonly csrf: string;
}) {
  const fields = fieldsOf(job.paramsSchema);
  const action = `${jobPath(job)}/trigger`;
  if (given.raw !== undefined) {
    return (
      <form method="post" action={action} class="params">
        <input type="hidden" name="csrf" value={csrf} />
        <div class="field">
          <label class="name" for="raw">
            All parameters, as JSON
          </label>
          <textarea id="raw" name="raw" rows={12} spellcheck={false}>
            {given.raw}
          </textarea>
        </div>
        <p class="buttons">
          <button type="submit" class="filled">
            Dry run
          </button>
          <a href={action}>Edit as a form</a>
        </p>
      </form>
    );
  }
  const isTouched = (field: Field) => field.isRequired || given.values.has(field.name) || field.standard.length === 0;
  const folded = fields.length > 3 ? fields.filter((field) => !isTouched(field)) : [];
  const open = fields.filter((field) => !folded.includes(field));
  return (
    <form method="post" action={action} class="params">
      <input type="hidden" name="csrf" value={csrf} />
      {fields.length === 0 ? <p class="note">This job takes none.</p> : null}
      {open.map((field) => (
        <FieldOf field={field} given={given} />
      ))}
      {folded.length === 0 ? null : (
        <details>
          <summary>{folded.length} more, at their defaults</summary>
          {folded.map((field) => (
            <FieldOf field={field} given={given} />
          ))}
        </details>
      )}
      <p class="buttons">
        <button type="submit" class="filled">
          Dry run
        </button>
        {fields.length === 0 ? null : <a href={`${action}?raw=`}>Edit as JSON</a>}
      </p>
    </form>
  );
}

function FieldOf({ field, given }: { readonly field: Field; readonly given: Given }) {
  const { name, kind, choices, hint, isRequired } = field;
  const values = given.values.get(name) ?? (kind === "choices" || kind === "choice" ? field.standard : []);
  const isWrong = given.problem?.message.split(/[^\w.-]+/).includes(name) === true;
  const about = { "aria-describedby": `hint-${name}`, ...(isWrong ? { "aria-invalid": "true" as const } : {}) };
  const key = `p.${name}`;
  const isGroup = kind === "choices" || (kind === "choice" && choices.length <= RADIOS_MAX);
  const rest = (
    <>
      {isWrong ? (
        <span class="error">
          <Mark of="invalid" /> <bdi>{given.problem?.message}</bdi>
        </span>
      ) : null}
      <span class="note" id={`hint-${name}`}>
        <bdi>{hint}</bdi>
        {isRequired ? " Required." : ""}
      </span>
    </>
  );
  if (isGroup) {
    const type = kind === "choices" ? "checkbox" : "radio";
    return (
      <fieldset {...about}>
        <legend class="name">
          <bdi>{name}</bdi>
        </legend>
        {kind === "choices" ? <input type="hidden" name={`list.${name}`} value="1" /> : null}
        {choices.map((choice) => (
          <label class="choice">
            <input type={type} name={key} value={choice} checked={values.includes(choice)} /> <bdi>{choice}</bdi>
          </label>
        ))}
        {rest}
      </fieldset>
    );
  }
  const [value = ""] = values;
  const id = `field-${name}`;
  return (
    <div class="field">
      <label class="name" for={id}>
        <bdi>{name}</bdi>
      </label>
      {kind === "choice" || kind === "switch" ? (
        <select id={id} name={key} {...about}>
          <option value="">
            {field.standard.length === 0 ? "Not given" : `Default: ${field.standard.join(", ")}`}
          </option>
          {choices.map((choice) => (
            <option value={choice} selected={values.includes(choice)}>
              {choice}
            </option>
          ))}
        </select>
      ) : (
        <input
          type="text"
          id={id}
          name={key}
          value={value}
          placeholder={field.standard.join(", ")}
          inputmode={kind === "number" ? "decimal" : undefined}
          spellcheck={false}
          {...about}
        />
      )}
      {rest}
    </div>
  );
}
