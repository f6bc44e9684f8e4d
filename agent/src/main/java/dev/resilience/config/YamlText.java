package dev.resilience.config;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeId;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.ReaderException;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * From a file to a tree of YAML nodes with their places. The file is untrusted: its size is looked at before its content,
 * and size, depth and aliases are limited. No object is ever made from a tag: the library's constructors are not used at all.
 */
final class YamlText {

    static final int MOST_BYTES = 1_000_000;
    static final int MOST_DEPTH = 30;
    static final int MOST_ALIASES = 50;

    private YamlText() {}

    /** The text of the file, or null when that is a problem. */
    static @Nullable String read(Path file, Problems problems) {
        try {
            if (Files.isDirectory(file)) {
                problems.file("is a directory, not a file");
                return null;
            }
            if (Files.exists(file) && !Files.isRegularFile(file)) {
                problems.file("is not a regular file");
                return null;
            }
            if (Files.size(file) > MOST_BYTES) {
                return tooLarge(Files.size(file), problems);
            }
            byte[] bytes;
            try (InputStream in = Files.newInputStream(file)) {
                bytes = in.readNBytes(MOST_BYTES + 1);
            }
            return bytes.length > MOST_BYTES ? tooLarge(bytes.length, problems) : decode(bytes, problems);
        } catch (NoSuchFileException gone) {
            problems.file("no such file");
        } catch (AccessDeniedException denied) {
            problems.file("cannot be read: permission denied");
        } catch (IOException failed) {
            problems.file("cannot be read: " + failed.getMessage());
        }
        return null;
    }

    private static @Nullable String tooLarge(long bytes, Problems problems) {
        problems.file("is too large: " + bytes + " bytes, at most " + MOST_BYTES + " are read");
        return null;
    }

    /** The root of the tree, or null when that is a problem. */
    static @Nullable Node compose(String text, Problems problems) {
        LoaderOptions options = new LoaderOptions();
        options.setCodePointLimit(MOST_BYTES);
        options.setNestingDepthLimit(MOST_DEPTH);
        options.setMaxAliasesForCollections(MOST_ALIASES);
        try {
            StreamReader reader = new StreamReader(text);
            Node root = new Composer(new ParserImpl(reader, options), new PlainResolver(), options).getSingleNode();
            if (root == null || root.getTag().equals(Tag.NULL)) {
                problems.file("is empty: name at least one service under `services`");
                return null;
            }
            return root;
        } catch (MarkedYAMLException malformed) {
            problems.at(malformed.getProblemMark(), explain(malformed));
        } catch (ReaderException unprintable) {
            reportUnprintable(text, unprintable, problems);
        } catch (YAMLException refused) {
            problems.file(explain(refused));
        }
        return null;
    }

    private static @Nullable String decode(byte[] bytes, Problems problems) {
        int skip = bytes.length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB && bytes[2] == (byte) 0xBF
                ? 3
                : 0;
        ByteBuffer in = ByteBuffer.wrap(bytes, skip, bytes.length - skip);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CharsetDecoder decoder = StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CoderResult result = decoder.decode(in, out, true);
        String text = out.flip().toString();
        if (result.isError()) {
            int line = 1;
            int column = 1;
            for (int i = 0; i < text.length(); i++) {
                boolean newLine = text.charAt(i) == '\n';
                line = newLine ? line + 1 : line;
                column = newLine ? 1 : column + 1;
            }
            problems.at(line, column, "is not UTF-8 from here on: save the file as UTF-8");
            return null;
        }
        return text;
    }

    private static String explain(MarkedYAMLException malformed) {
        String problem = malformed.getProblem() == null ? "malformed YAML" : malformed.getProblem();
        Mark mark = malformed.getProblemMark();
        if (problem.contains("\\t(TAB)") || problem.contains("'\\t'")) {
            return "a tab where YAML allows none: indent with spaces";
        }
        String context = malformed.getContext() == null ? "" : malformed.getContext();
        if (context.contains("scanning an alias") || problem.contains("undefined alias")) {
            return "malformed YAML: `*` begins an alias; put the value in quotes, as in \"*.example.com\"";
        }
        if (context.contains("scanning an anchor")) {
            return "malformed YAML: `&` begins an anchor; put the value in quotes";
        }
        if (mark != null && isVariable(mark)) {
            return "malformed YAML: inside `{…}` and `[…]` a variable has to be in quotes, as in \"${NAME}\"";
        }
        if (problem.contains("that cannot start any token") && mark != null) {
            return "malformed YAML: " + problem + "; put the value in quotes";
        }
        return "malformed YAML: " + Problems.shown(problem).replace("`", "");
    }

    /** Whether the brace that YAML stumbles over is that of <code>${NAME}</code>. */
    private static boolean isVariable(Mark mark) {
        int[] text = mark.getBuffer();
        int at = mark.getPointer();
        return at > 0 && at < text.length && text[at] == '{' && text[at - 1] == '$';
    }

    private static String explain(YAMLException refused) {
        String message = refused.getMessage() == null ? "" : refused.getMessage();
        if (message.contains("aliases")) {
            return "has too many aliases: at most " + MOST_ALIASES + " to lists or mappings are followed";
        }
        if (message.contains("Nesting")) {
            return "is nested too deeply: at most " + MOST_DEPTH + " levels are read";
        }
        return "is not readable as YAML";
    }

    private static void reportUnprintable(String text, ReaderException unprintable, Problems problems) {
        int line = 1;
        int column = 1;
        int end = Math.min(text.length(), Math.max(0, unprintable.getPosition()));
        for (int i = 0; i < end; i++) {
            boolean newLine = text.charAt(i) == '\n';
            line = newLine ? line + 1 : line;
            column = newLine ? 1 : column + 1;
        }
        problems.at(
                line,
                column,
                "a character that YAML does not allow (U+" + Integer.toHexString(unprintable.getCodePoint()) + ")");
    }

    /**
     * Tells nothing but an absent value from a text: what a scalar means follows from its key, not from its look. It also
     * spares the library's own resolver a run of regular expressions over each scalar.
     */
    private static final class PlainResolver extends Resolver {

        @Override
        protected void addImplicitResolvers() {
            // None: see resolve.
        }

        @Override
        public Tag resolve(NodeId kind, String value, boolean implicit) {
            if (kind == NodeId.sequence) {
                return Tag.SEQ;
            }
            if (kind == NodeId.mapping) {
                return Tag.MAP;
            }
            boolean absent = implicit && (value.isEmpty() || value.equals("~") || value.equalsIgnoreCase("null"));
            return absent ? Tag.NULL : Tag.STR;
        }
    }
}
