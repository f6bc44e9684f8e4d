package dev.resilience.admin;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** The dashboard: a page and its files, from inside the jar. They hold no data; scripts run from here only. */
final class Page {

    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
                    + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String STYLE = "text/css; charset=utf-8";

    private static final Map<String, File> FILES = Map.ofEntries(
            file("/", "index.html", "text/html; charset=utf-8"),
            file("/dashboard.css", "dashboard.css", STYLE),
            file("/dashboard.js", "dashboard.js", SCRIPT),
            file("/api.js", "api.js", SCRIPT),
            file("/dom.js", "dom.js", SCRIPT),
            file("/charts.js", "charts.js", SCRIPT),
            file("/treemap.js", "treemap.js", SCRIPT),
            file("/views.js", "views.js", SCRIPT),
            file("/uplot.js", "uPlot.iife.min.js", SCRIPT),
            file("/uplot.css", "uPlot.min.css", STYLE),
            file("/icon.svg", "icon.svg", "image/svg+xml"));

    private Page() {}

    static boolean has(String path) {
        return FILES.containsKey(path);
    }

    static Router on(Router router) {
        FILES.forEach((path, file) -> router.get(path, query -> file.reply()));
        return router;
    }

    private static Map.Entry<String, File> file(String path, String name, String contentType) {
        return Map.entry(path, new File(name, contentType));
    }

    /** The admin API in words for machines. */
    static Reply described() {
        return Reply.text("application/json", read("openapi.json"));
    }

    /** Read each time: such files are asked for seldom, and the heap is the application's. */
    private static byte[] read(String name) {
        try (InputStream in = Page.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new Problem(404, "Not found", "this build has no " + name);
            }
            return in.readAllBytes();
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    private record File(String name, String contentType) {

        Reply reply() {
            return new Reply(200, contentType, read("page/" + name), Map.of("Content-Security-Policy", POLICY));
        }
    }
}
