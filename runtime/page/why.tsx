import { Mark } from "./marks.tsx";
import type { ShownExplanation } from "./shown-run.ts";
import type { Family } from "./words.ts";

/**
 * What is wrong, what shows it, and what to do: at most one a page, before anything else.
 *
 * @param props.heading said where nothing explains more
 */
export function Why(props: {
  readonly family: Family;
  readonly mark: string;
  readonly heading: string;
  readonly explanation: ShownExplanation | undefined;
}) {
  const { family, mark, heading, explanation } = props;
  return (
    <div class={`banner t-${family}`}>
      <Mark of={mark} />
      <div>
        <h2>
          <Words
            text={explanation === undefined ? capital(heading) : capital(explanation.what).replace(/[.!?]?$/, ".")}
          />
        </h2>
        {explanation === undefined || explanation.evidence.length === 0 ? null : (
          <ul>
            {explanation.evidence.map((line) => (
              <li>
                <Words text={line} />
              </li>
            ))}
          </ul>
        )}
        {explanation === undefined ? null : (
          <p class="next">
            <b>Next step</b>
            <Words text={capital(explanation.next)} />
          </p>
        )}
      </div>
    </div>
  );
}

/** The words of `why` begin small, since a terminal puts a label before them; commands stay as they are. */
function capital(text: string): string {
  return /^(?:errand|kubectl|npx) /.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
}

/** Text in which what stands between backticks is code. */
function Words({ text }: { readonly text: string }) {
  return <bdi>{text.split("`").map((part, index) => (index % 2 === 0 ? part : <code>{part}</code>))}</bdi>;
}
