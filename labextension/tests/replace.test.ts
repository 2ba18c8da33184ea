import { describe, expect, it } from "vitest";
import { replaceHtml } from "../src/parts/replace";

function put(html: string) {
  const element = document.createElement("div");
  document.body.append(element);
  replaceHtml(element, html);
  return element;
}

describe("markup that is replaced", () => {
  it("keeps what was opened", () => {
    const element = put("<details><summary>output</summary>a</details>");
    element.querySelector("details")!.open = true;
    replaceHtml(element, "<details><summary>output</summary>b</details>");
    expect(element.querySelector("details")!.open).toBe(true);
    expect(element.textContent).toBe("outputb");
  });

  it("keeps where one has scrolled to", () => {
    const element = put('<div class="kn-scroll">a</div>');
    element.querySelector(".kn-scroll")!.scrollTop = 40;
    replaceHtml(element, '<div class="kn-scroll">b</div>');
    expect(element.querySelector(".kn-scroll")!.scrollTop).toBe(40);
  });

  it("keeps the focus", () => {
    const element = put("<p>a</p><details><summary>one</summary></details>");
    element.querySelector("summary")!.focus();
    replaceHtml(element, "<p>a</p><details><summary>two</summary></details>");
    expect(document.activeElement?.textContent).toBe("two");
  });

  it("leaves alone what has not changed, so frames do not load anew", () => {
    const element = put("<figure>a</figure><figure>b</figure>");
    const first = element.firstElementChild;
    replaceHtml(element, "<figure>a</figure><figure>c</figure><figure>d</figure>");
    expect(element.firstElementChild).toBe(first);
    expect(element.textContent).toBe("acd");
    replaceHtml(element, "");
    expect(element.childNodes).toHaveLength(0);
  });

  it("changes texts and leaves the elements around them", () => {
    const element = put("<dl><dt>a</dt><dd><b>1</b> of 3</dd></dl>");
    const [list, bold] = [element.firstElementChild, element.querySelector("b")];
    replaceHtml(element, "<dl><dt>a</dt><dd><b>2</b> of 3</dd><dt>b</dt></dl>");
    expect([element.firstElementChild, element.querySelector("b")]).toEqual([list, bold]);
    expect(element.innerHTML).toBe("<dl><dt>a</dt><dd><b>2</b> of 3</dd><dt>b</dt></dl>");
    replaceHtml(element, '<dl class="x"><dt>a</dt></dl>');
    expect(element.innerHTML).toBe('<dl class="x"><dt>a</dt></dl>');
    expect(element.firstElementChild).not.toBe(list);
  });
});
