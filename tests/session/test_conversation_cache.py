from lmkit.session.conversation_cache import ConversationCache


class Model:
    """A model that notes the lines it reads."""

    def __init__(self, read, lines=()):
        self.read = read
        self.lines = lines

    def after(self, lines):
        self.read.extend(lines)
        return Model(self.read, (*self.lines, *lines))


def test_each_line_is_read_once():
    read = []
    cache = ConversationCache(Model(read))
    for end in range(1, 20):
        lines = [str(number) for number in range(end)]
        assert cache.after(lines).lines == tuple(lines)
        assert cache.after(lines[:-1]).lines == tuple(lines[:-1])
    assert len(read) == 19


def test_without_lines_it_is_the_model_itself():
    model = Model([])
    assert ConversationCache(model).after([]) is model


def test_other_lines_are_read_from_the_start():
    read = []
    cache = ConversationCache(Model(read))
    cache.after(["a", "b"])
    assert cache.after(["a", "c"]).lines == ("a", "c")
    assert read == ["a", "b", "a", "c"]
