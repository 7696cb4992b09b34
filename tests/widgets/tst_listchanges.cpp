#include "support/testmain.h"

#include <widgets/listchanges.h>

#include <QRandomGenerator>

using namespace widgets;

namespace {

std::vector<ListChange> changesOf(const QString& before, const QString& after) {
    return listChanges(int(before.size()), int(after.size()), [&](int a, int b) { return before[a] == after[b]; });
}

QString carriedOut(QString text, const QString& after, const std::vector<ListChange>& changes) {
    for (auto change = changes.rbegin(); change != changes.rend(); ++change)
        text.replace(change->from, change->removed, after.mid(change->to, change->inserted));
    return text;
}

int singleChanges(const std::vector<ListChange>& changes) {
    int count = 0;
    for (const ListChange& change : changes) count += change.removed + change.inserted;
    return count;
}

QString randomText(QRandomGenerator& random, int length) {
    QString text;
    for (int i = 0; i < length; ++i) text += QChar(u'a' + random.bounded(4));
    return text;
}

} // namespace

class ListChangesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void equalListsHaveNone() {
        QVERIFY(changesOf(QStringLiteral("abc"), QStringLiteral("abc")).empty());
        QVERIFY(changesOf({}, {}).empty());
    }

    void anElementThatMovesLeavesAllOthersWhereTheyAre() {
        const auto changes = changesOf(QStringLiteral("abcdef"), QStringLiteral("acdefb"));
        QCOMPARE(changes.size(), std::size_t(2));
        QVERIFY(changes[0] == (ListChange{1, 1, 1, 0}));
        QVERIFY(changes[1] == (ListChange{6, 0, 5, 1}));
    }

    void whatIsReplacedIsOneChange() {
        const auto changes = changesOf(QStringLiteral("abcd"), QStringLiteral("axyd"));
        QCOMPARE(changes.size(), std::size_t(1));
        QVERIFY(changes[0] == (ListChange{1, 2, 1, 2}));
    }

    void nothingBecomesAnythingAndAnythingNothing() {
        QVERIFY(changesOf({}, QStringLiteral("ab")) == (std::vector{ListChange{0, 0, 0, 2}}));
        QVERIFY(changesOf(QStringLiteral("ab"), {}) == (std::vector{ListChange{0, 2, 0, 0}}));
    }

    void carriedOutTheyMakeOneListTheOther() {
        QRandomGenerator random(7);
        for (int round = 0; round < 500; ++round) {
            const QString before = randomText(random, int(random.bounded(40)));
            const QString after = randomText(random, int(random.bounded(40)));
            const auto changes = changesOf(before, after);
            QCOMPARE(carriedOut(before, after, changes), after);
            for (std::size_t i = 1; i < changes.size(); ++i) // something stays between
                QVERIFY(changes[i - 1].from + changes[i - 1].removed < changes[i].from);
        }
    }

    void thereAreNoFewer() {
        QCOMPARE(singleChanges(changesOf(QStringLiteral("abcabba"), QStringLiteral("cbabac"))), 5); // of Myers' paper
        QCOMPARE(singleChanges(changesOf(QStringLiteral("kitten"), QStringLiteral("sitting"))), 5);
    }

    void listsThatHaveLittleInCommonAreChangedAtOnce() {
        const QString before = QStringLiteral("=") + QString(100, u'a') + QStringLiteral("=");
        const QString after = QStringLiteral("=") + QString(100, u'b') + QStringLiteral("=");
        QVERIFY(changesOf(before, after) == (std::vector{ListChange{1, 100, 1, 100}}));
    }
};

NOISEFLOOR_TEST(ListChangesTest)
#include "tst_listchanges.moc"
