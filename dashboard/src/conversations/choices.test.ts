import { describe, expect, it } from "vitest";

import { begun, readChoices, titlesOf, withKind, withTitle } from "./choices";

const filled = (...titles: string[]) =>
  titles.reduce((choices, title, at) => withTitle(choices, at, title), begun("Choose"));

describe("choices", () => {
  it("are asked for one after another, as many as there may be", () => {
    expect(filled().titles).toEqual([""]);
    expect(filled("Yes").titles).toEqual(["Yes", ""]);
    expect(filled("a", "b", "c").titles).toEqual(["a", "b", "c"]);
    expect(withKind(filled("a", "b", "c"), "list").titles).toEqual(["a", "b", "c", ""]);
    expect(withTitle(filled("a", "b"), 0, "").titles).toEqual(["b", ""]);
  });

  it("fit when a list becomes buttons", () => {
    const list = withKind(filled("a", "b", "c"), "list");
    const longer = withTitle(list, 3, "four and twenty letters!");
    expect(withKind(longer, "buttons").titles).toEqual(["a", "b", "c"]);
    const long = withTitle(withKind(filled(), "list"), 0, "four and twenty letters!");
    expect(withKind(long, "buttons").titles[0]).toBe("four and twenty lett");
  });

  it("are read as the API takes them, each once", () => {
    expect(readChoices(filled(" "))).toBeNull();
    expect(readChoices(filled("Yes", "No", "Yes "))).toEqual({ buttons: [{ title: "Yes" }, { title: "No" }] });
    const list = readChoices(withKind(filled("Olaya"), "list"));
    expect(list).toEqual({ list: { button: "Choose", rows: [{ title: "Olaya" }] } });
    expect(list && titlesOf(list)).toEqual(["Olaya"]);
  });
});
