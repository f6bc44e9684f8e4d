package dev.resilience.config;

import dev.resilience.config.Block.Cell;
import dev.resilience.config.Block.Found;
import dev.resilience.config.Block.Link;
import dev.resilience.config.Type.Key;
import dev.resilience.config.Type.Section;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * From a tree of YAML nodes to checked values, by the {@link Schema}. Finds all problems of one file in one go. Aliases are
 * followed, within bounds: each visit counts, so that a small file cannot stand for a huge one. Not thread-safe; use once.
 */
final class Validator {

    private static final int MOST_VISITS = 50_000;

    private final Environment environment;
    private final Problems problems;
    private final Deque<Node> above = new ArrayDeque<>();
    private int visits;

    Validator(Environment environment, Problems problems) {
        this.environment = environment;
        this.problems = problems;
    }

    /** The checked root, or null when it is not even a mapping. */
    @Nullable
    Block validate(Node root, Section schema) {
        Found found = read(root, schema, "the file", "");
        return found != null && found.value() instanceof Block block ? block : null;
    }

    /** @param label how the value is called in messages @param path of the section that holds it, for places */
    private @Nullable Found read(Node node, Type type, String label, String path) {
        if (++visits > MOST_VISITS) {
            if (visits == MOST_VISITS + 1) {
                problems.at(node, "holds too much: at most " + MOST_VISITS + " values are read, aliases followed");
            }
            return null;
        }
        if (problems.isFull() || !isPlain(node, label)) {
            return null;
        }
        if (node instanceof ScalarNode) {
            return readValue(node, type, label, path);
        }
        for (Node parent : above) {
            if (parent == node) {
                problems.at(node, label + " contains itself by an alias");
                return null;
            }
        }
        above.push(node);
        Found found = readValue(node, type, label, path);
        above.pop();
        return found;
    }

    private @Nullable Found readValue(Node node, Type type, String label, String path) {
        if (type instanceof Section section) {
            return section(node, section, label, path);
        } else if (type instanceof Type.MapOf map) {
            return mapping(node, map, label, path);
        } else if (type instanceof Type.ListOf list) {
            return list(node, list, label, path);
        } else if (type instanceof Type.Links links) {
            return link(node, links, label, path);
        } else if (type instanceof Type.Cells) {
            return cell(node, type, label);
        }
        return scalar(node, type, label);
    }

    private @Nullable Found section(Node node, Section section, String label, String path) {
        Block block = new Block(node);
        Map<String, NodeTuple> entries = isNull(node) ? Map.of() : entries(node, section, label);
        if (entries == null) {
            return null;
        }
        boolean complete = true;
        for (Map.Entry<String, NodeTuple> entry : entries.entrySet()) {
            Key key = section.keys().get(entry.getKey());
            block.give(entry.getKey());
            NodeTuple tuple = entry.getValue();
            if (key == null) {
                unknown(tuple.getKeyNode(), entry.getKey(), section, path);
            } else if (isBlank(tuple.getValueNode(), key)) {
                // A rule must not widen to all calls because a variable is empty.
                if (section == Schema.HTTP || section == Schema.JDBC) {
                    empty(tuple.getValueNode(), key);
                }
                block.putBlank(key.name());
            } else {
                Found found = read(tuple.getValueNode(), key.type(), "`" + key.name() + "`", inside(path, key.name()));
                if (found == null) {
                    complete = complete && !key.required();
                } else {
                    block.put(key.name(), found);
                }
            }
        }
        for (Key key : section.keys().values()) {
            if (!key.required()) {
                continue;
            }
            NodeTuple given = entries.get(key.name());
            if (given == null) {
                problems.at(
                        node,
                        label + " needs `" + key.name() + "`: " + key.type().expected());
                complete = false;
            } else if (block.isBlank(key.name())) {
                empty(given.getValueNode(), key);
                complete = false;
            }
        }
        return complete ? new Found(block, node) : null;
    }

    private void empty(Node node, Key key) {
        problems.at(node, "`" + key.name() + "` is empty once its variables are filled in");
    }

    private @Nullable Found mapping(Node node, Type.MapOf type, String label, String path) {
        Block block = new Block(node);
        if (isNull(node)) {
            return new Found(block, node);
        }
        Map<String, NodeTuple> entries = entries(node, type, label);
        if (entries == null) {
            return null;
        }
        for (Map.Entry<String, NodeTuple> entry : entries.entrySet()) {
            Node keyNode = entry.getValue().getKeyNode();
            if (!type.names().accepts(entry.getKey())) {
                problems.at(
                        keyNode,
                        "name " + Problems.shown(entry.getKey()) + " in " + label,
                        type.names().expected,
                        null);
            }
            if (type.value() == Schema.SERVICE && isOfTheServiceBefore(entry.getKey(), entry.getValue())) {
                problems.at(
                        keyNode,
                        Problems.shown(entry.getKey())
                                + " is read as the name of a service here: indent it further, below the service that it"
                                + " belongs to");
                continue;
            }
            Found found = read(
                    entry.getValue().getValueNode(),
                    type.value(),
                    Problems.shown(entry.getKey()),
                    inside(path, "<name>"));
            if (found != null) {
                block.put(entry.getKey(), new Found(found.value(), keyNode));
            }
        }
        return new Found(block, node);
    }

    /** Whether what looks like a service's name is a key of the one before, indented too little: what it holds is no service. */
    private static boolean isOfTheServiceBefore(String name, NodeTuple entry) {
        if (!Schema.SERVICE.keys().containsKey(name) || isNull(entry.getValueNode())) {
            return false;
        }
        return !(entry.getValueNode() instanceof MappingNode mapping)
                || mapping.getValue().stream()
                        .anyMatch(tuple -> tuple.getKeyNode() instanceof ScalarNode key
                                && !Schema.SERVICE.keys().containsKey(key.getValue()));
    }

    private @Nullable Found list(Node node, Type.ListOf type, String label, String path) {
        List<Found> items = new ArrayList<>();
        if (node instanceof SequenceNode sequence) {
            for (Node item : sequence.getValue()) {
                Found found = read(item, type.item(), "an item of " + label, path + "[]");
                if (found != null) {
                    items.add(found);
                }
            }
            if (sequence.getValue().size() < type.least()) {
                problems.at(node, label + " is empty", type.expected(), null);
                return null;
            }
            return new Found(items, node);
        }
        if (!type.single() || isNull(node)) {
            return wrong(node, type, label);
        }
        Found only = readValue(node, type.item(), label, path + "[]");
        return only == null ? null : new Found(List.of(only), node);
    }

    private @Nullable Found link(Node node, Type.Links type, String label, String path) {
        if (node instanceof ScalarNode scalar && !isNull(node)) {
            String name = scalar.getValue();
            Section options = type.options().get(name);
            return options == null ? unknownLink(node, name, type) : bareLink(node, name, options);
        }
        if (!(node instanceof MappingNode)) {
            return wrong(node, type, label);
        }
        Map<String, NodeTuple> entries = entries(node, type, label);
        if (entries == null) {
            return null;
        }
        if (entries.size() != 1) {
            NodeTuple stray = optionBesideItsName(entries, type);
            if (stray != null) {
                problems.at(
                        stray.getKeyNode(),
                        Problems.shown(((ScalarNode) stray.getKeyNode()).getValue()) + " is an option of "
                                + Problems.shown(entries.keySet().iterator().next())
                                + ": indent it further, below that name");
                return null;
            }
            problems.at(
                    node,
                    "a fallback with " + entries.size() + " names",
                    "one name, each with a dash of its own",
                    null);
            return null;
        }
        Map.Entry<String, NodeTuple> entry = entries.entrySet().iterator().next();
        Node keyNode = entry.getValue().getKeyNode();
        Section options = type.options().get(entry.getKey());
        if (options == null) {
            return unknownLink(keyNode, entry.getKey(), type);
        }
        Found found = read(
                entry.getValue().getValueNode(), options, "`" + entry.getKey() + "`", inside(path, entry.getKey()));
        return found != null && found.value() instanceof Block block
                ? new Found(new Link(entry.getKey(), block), keyNode)
                : null;
    }

    /** The first key that stands beside a fallback's name, though it belongs below it; null for none. */
    private static @Nullable NodeTuple optionBesideItsName(Map<String, NodeTuple> entries, Type.Links type) {
        Section options = null;
        for (Map.Entry<String, NodeTuple> entry : entries.entrySet()) {
            if (options == null) {
                options = type.options().get(entry.getKey());
                if (options == null || !isNull(entry.getValue().getValueNode())) {
                    return null;
                }
            } else if (options.keys().containsKey(entry.getKey())) {
                return entry.getValue();
            }
        }
        return null;
    }

    private @Nullable Found bareLink(Node node, String name, Section options) {
        for (Key key : options.keys().values()) {
            if (key.required()) {
                problems.at(
                        node,
                        "`" + name + "` needs `" + key.name() + "`: "
                                + key.type().expected());
                return null;
            }
        }
        return new Found(new Link(name, new Block(node)), node);
    }

    private @Nullable Found unknownLink(Node node, String name, Type.Links type) {
        String nearest = Nearest.of(name, type.options().keySet());
        problems.at(
                node, "unknown fallback " + Problems.shown(name), nearest == null ? type.expected() : null, nearest);
        return null;
    }

    private @Nullable Found cell(Node node, Type type, String label) {
        if (isNull(node)) {
            return new Found(new Cell(null), node);
        }
        if (!(node instanceof ScalarNode scalar)) {
            return wrong(node, type, label);
        }
        String text = substituted(scalar, label);
        if (text == null) {
            return null;
        }
        boolean quoted = scalar.getScalarStyle() != ScalarStyle.PLAIN;
        return new Found(new Cell(quoted ? text : Scalars.cell(text)), node);
    }

    private @Nullable Found scalar(Node node, Type type, String label) {
        if (isNull(node) || !(node instanceof ScalarNode scalar)) {
            return wrong(node, type, label);
        }
        String text = substituted(scalar, label);
        if (text == null) {
            return null;
        }
        Object value = Scalars.parse(text, type);
        return value == null ? wrong(node, type, label) : new Found(value, node);
    }

    private @Nullable String substituted(ScalarNode scalar, String label) {
        if (!Substitution.concerns(scalar.getValue())) {
            return scalar.getValue();
        }
        Substitution substitution = new Substitution(environment);
        String text = substitution.apply(scalar.getValue());
        if (text == null) {
            problems.at(scalar, label + ": " + substitution.problem());
        }
        return text;
    }

    /** Whether variables make the value empty, so that the key counts as left out. */
    private boolean isBlank(Node node, Key key) {
        boolean scalarKey = !(key.type() instanceof Section) && !(key.type() instanceof Type.MapOf);
        if (!scalarKey || !(node instanceof ScalarNode scalar) || !Substitution.concerns(scalar.getValue())) {
            return false;
        }
        String text = new Substitution(environment).apply(scalar.getValue());
        return text != null && text.isEmpty();
    }

    /** Says what the value is and what it should be, and never a secret. */
    private @Nullable Found wrong(Node node, Type type, String label) {
        if (isNull(node)) {
            problems.at(node, label + " has no value", type.expected(), null);
        } else if (node instanceof ScalarNode scalar) {
            boolean secret = type instanceof Type.Text text && text.secret();
            String nearest = type instanceof Type.Choice choice ? Nearest.of(scalar.getValue(), choice.values()) : null;
            problems.at(
                    node,
                    secret ? label + " is not valid" : label + " is " + Problems.shown(scalar.getValue()),
                    type.expected(),
                    nearest);
        } else {
            String kind = node instanceof SequenceNode ? "a list" : "a mapping";
            problems.at(node, label + " is " + kind, type.expected(), null);
        }
        return null;
    }

    private @Nullable Map<String, NodeTuple> entries(Node node, Type type, String label) {
        if (!(node instanceof MappingNode mapping)) {
            wrong(node, type, label);
            return null;
        }
        Map<String, NodeTuple> entries = new java.util.LinkedHashMap<>();
        Map<String, Node> first = new HashMap<>();
        for (NodeTuple tuple : mapping.getValue()) {
            Node keyNode = tuple.getKeyNode();
            if (++visits > MOST_VISITS) {
                break;
            }
            if (!(keyNode instanceof ScalarNode scalar) || isNull(keyNode)) {
                problems.at(keyNode, "a key in " + label + " that is not a text");
                continue;
            }
            if (!isPlain(keyNode, "a key in " + label)) {
                continue;
            }
            String key = scalar.getValue();
            if (key.equals("<<") && scalar.getScalarStyle() == ScalarStyle.PLAIN) {
                problems.at(keyNode, "merge keys (`<<`) are not supported: put what services share under `defaults`");
                continue;
            }
            Node before = first.putIfAbsent(key, keyNode);
            if (before == null) {
                entries.put(key, tuple);
            } else {
                problems.at(
                        keyNode,
                        "duplicate key " + Problems.shown(key) + ", first given at line "
                                + (before.getStartMark().getLine() + 1) + ", column "
                                + (before.getStartMark().getColumn() + 1));
            }
        }
        return entries;
    }

    private void unknown(Node keyNode, String key, Section section, String path) {
        String what = "unknown key " + Problems.shown(key);
        String place = Places.of(key, section);
        if (place != null) {
            problems.at(keyNode, "key " + Problems.shown(key) + " is misplaced: it belongs " + place);
            return;
        }
        String nearest = Nearest.of(key, section.keys().keySet());
        if (nearest == null) {
            nearest = Places.nearest(key, section);
        }
        String known = section.keys().isEmpty()
                ? "no options"
                : "one of " + String.join(", ", section.keys().keySet());
        problems.at(
                keyNode, what + (path.isEmpty() ? "" : " in `" + path + "`"), nearest == null ? known : null, nearest);
    }

    private boolean isPlain(Node node, String label) {
        Tag tag = node.getTag();
        if (tag.equals(Tag.STR) || tag.equals(Tag.MAP) || tag.equals(Tag.SEQ) || tag.equals(Tag.NULL)) {
            return true;
        }
        problems.at(node, label + " has the tag " + Problems.shown(tag.getValue()) + ": tags are not allowed");
        return false;
    }

    private static boolean isNull(Node node) {
        return node.getTag().equals(Tag.NULL);
    }

    private static String inside(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }
}
