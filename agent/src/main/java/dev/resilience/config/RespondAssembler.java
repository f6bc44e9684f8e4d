package dev.resilience.config;

import dev.resilience.config.Block.Cell;
import dev.resilience.config.Block.Found;
import dev.resilience.config.EndpointConfig.Fallback;
import dev.resilience.config.EndpointConfig.Match;
import dev.resilience.config.EndpointConfig.StatusRange;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.Node;

/** The declared answers of one {@code respond}, with the files that hold them. */
final class RespondAssembler {

    private final Path directory;
    private final Problems problems;

    /** @param directory what paths are relative to */
    RespondAssembler(Path directory, Problems problems) {
        this.directory = directory;
        this.problems = problems;
    }

    Fallback respond(Block block, Match match, Node at) {
        Layers options = Layers.of(Schema.RESPOND, block);
        Found rows = block.get("rows");
        if (match instanceof Match.Jdbc) {
            for (String key : List.of("status", "headers", "body", "body_file", "cases")) {
                Found found = block.get(key);
                if (found != null) {
                    problems.at(
                            found.at(), "`" + key + "` answers HTTP calls; this endpoint is `jdbc`: declare `rows`");
                }
            }
            if (!block.isGiven("rows")) {
                problems.at(at, "`respond` on a `jdbc` endpoint needs `rows`: {columns: [...], values: [[...]]}");
            }
        } else if (rows != null) {
            problems.at(
                    rows.at(),
                    "`rows` answers statements; this endpoint is `http`: declare `status`, `headers` or `body`");
        }
        Fallback.Declared usual = declared(block, new Fallback.Declared(options.whole("status"), Map.of(), null, null));
        return new Fallback.Respond(
                usual, cases(block, usual), block.block("rows") == null ? null : rows(options.under("rows")));
    }

    private List<Fallback.Case> cases(Block block, Fallback.Declared usual) {
        List<Fallback.Case> cases = new ArrayList<>();
        Found declared = block.get("cases");
        List<?> items = declared != null && declared.value() instanceof List<?> list ? list : List.of();
        for (Object item : items) {
            if (item instanceof Found found && found.value() instanceof Block one) {
                List<Object> reasons = Layers.of(Schema.CASE, one).list("when", Object.class);
                cases.add(new Fallback.Case(
                        reasons.contains(Schema.REJECTED),
                        reasons.contains(Schema.NO_RESPONSE),
                        statuses(reasons),
                        declared(one, usual)));
            }
        }
        return List.copyOf(cases);
    }

    private static List<StatusRange> statuses(List<Object> reasons) {
        List<StatusRange> statuses = new ArrayList<>();
        for (Object reason : reasons) {
            if (reason instanceof StatusRange range) {
                statuses.add(range);
            }
        }
        return List.copyOf(statuses);
    }

    /** @param outer has what the block leaves out */
    private Fallback.Declared declared(Block block, Fallback.Declared outer) {
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        headers.putAll(outer.headers());
        Block given = block.block("headers");
        if (given != null) {
            for (Map.Entry<String, Found> header : given.entries().entrySet()) {
                headers.put(header.getKey(), (String) header.getValue().value());
            }
        }
        Found status = block.get("status");
        String body = outer.body();
        Path file = outer.file();
        Found inline = block.get("body");
        Found named = block.get("body_file");
        if (named != null && inline != null) {
            problems.at(named.at(), "`body_file` beside `body`: an answer has one body");
        } else if (inline != null) {
            body = (String) inline.value();
            file = null;
        } else if (named != null) {
            file = path(named);
            body = file == null ? null : text(file, named.at());
        }
        return new Fallback.Declared(
                status == null ? outer.status() : (Integer) status.value(),
                Collections.unmodifiableMap(headers),
                body,
                file);
    }

    private @Nullable Path path(Found named) {
        try {
            return directory.resolve((String) named.value()).normalize();
        } catch (InvalidPathException impossible) {
            problems.at(named.at(), "`body_file` is not a possible path");
            return null;
        }
    }

    private @Nullable String text(Path file, Node at) {
        Problems ofFile = new Problems(file.toString());
        String text = YamlText.read(file, ofFile);
        for (ConfigProblem problem : ofFile.sorted()) {
            problems.at(at, "`body_file`: " + problem);
        }
        if (text == null) {
            problems.await(file);
        }
        return text;
    }

    private Fallback.Rows rows(Layers rows) {
        List<String> columns = rows.list("columns", String.class);
        List<List<@Nullable Object>> values = new ArrayList<>();
        Found declared = rows.found("values");
        List<?> lines = declared != null && declared.value() instanceof List<?> list ? list : List.of();
        for (Object line : lines) {
            if (!(line instanceof Found row) || !(row.value() instanceof List<?> cells)) {
                continue;
            }
            List<@Nullable Object> one = new ArrayList<>();
            for (Object cell : cells) {
                if (cell instanceof Found found && found.value() instanceof Cell value) {
                    one.add(value.value());
                }
            }
            if (one.size() != columns.size()) {
                problems.at(
                        row.at(), "a row of " + one.size() + " values", columns.size() + ", one for each column", null);
            }
            values.add(Collections.unmodifiableList(one));
        }
        return new Fallback.Rows(columns, Collections.unmodifiableList(values));
    }
}
