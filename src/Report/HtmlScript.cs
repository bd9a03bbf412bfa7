using System.Security.Cryptography;
using System.Text;

namespace NegSamples.Report;

/// <summary>The page's one script: the points of a figure tell what they are when they are pointed at. Without it the page lacks nothing else.</summary>
internal static class HtmlScript
{
    public const string Text = """
        for (const figure of document.querySelectorAll("figure[data-points]")) {
          const points = JSON.parse(figure.dataset.points), drawing = figure.querySelector("svg"), note = document.createElement("div");
          note.className = "point";
          note.hidden = true;
          figure.append(note);
          drawing.addEventListener("pointermove", event => {
            const matrix = drawing.getScreenCTM();
            if (!matrix) return;
            const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
            let nearest = null, least = 100;
            for (const point of points) {
              const distance = (point[0] - at.x) ** 2 + (point[1] - at.y) ** 2;
              if (distance < least) [nearest, least] = [point, distance];
            }
            note.hidden = !nearest;
            if (!nearest) return;
            note.textContent = nearest[2];
            const frame = figure.getBoundingClientRect(), left = event.clientX - frame.left + 14;
            note.style.left = Math.max(0, Math.min(left, frame.width - note.offsetWidth - 4)) + "px";
            note.style.top = event.clientY - frame.top + 16 + "px";
          });
          drawing.addEventListener("pointerleave", () => { note.hidden = true; });
        }
        """;

    /// <summary>What a content security policy calls this script and no other.</summary>
    public static string Source { get; } = $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))}'";
}
