#include <app/windows/recipetext.h>

#include <quant/layermatcher.h>

#include <QHBoxLayout>
#include <QKeyEvent>
#include <QRegularExpression>
#include <QScopedValueRollback>
#include <QTextDocument>
#include <QVBoxLayout>

namespace app::windows {

namespace {

constexpr int kPauseMs = 500;
const std::string kSource = "recipe"; ///< stands for the file in sentences about the text

/// Line and column, from 1, of a place in a text.
std::pair<int, int> placeOf(const QString& text, qsizetype position) {
    const QString before = text.left(position);
    return {int(before.count(QLatin1Char('\n'))) + 1, int(position - before.lastIndexOf(QLatin1Char('\n')))};
}

} // namespace

RecipeText::RecipeText(session::Studio& studio, QWidget* parent)
    : QWidget(parent), m_studio(studio), m_editor(new widgets::CodeEditor(this)), m_status(new QLabel(this)),
      m_goTo(new QPushButton(tr("Go There"), this)), m_bringBack(new QPushButton(tr("Bring Back"), this)) {
    build();
    m_pause.setSingleShot(true);
    m_pause.setInterval(kPauseMs);
    connect(&m_pause, &QTimer::timeout, this, &RecipeText::apply);
    connect(m_editor, &QPlainTextEdit::textChanged, this, &RecipeText::noteTyping);
    connect(m_goTo, &QPushButton::clicked, this, [this] {
        m_editor->goTo(m_problem.line, m_problem.column);
        m_editor->setFocus();
    });
    connect(m_bringBack, &QPushButton::clicked, this, &RecipeText::bringBack);
    connect(&m_studio, &session::Studio::typingEnds, this, &RecipeText::apply);
    m_editor->installEventFilter(this);
}

bool RecipeText::eventFilter(QObject* watched, QEvent* event) {
    if (event->type() != QEvent::KeyPress) return QWidget::eventFilter(watched, event);
    const auto* key = static_cast<QKeyEvent*>(event);
    const bool isReturn = key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter;
    if (!isReturn || !key->modifiers().testFlag(Qt::ControlModifier)) return QWidget::eventFilter(watched, event);
    apply();
    return true;
}

void RecipeText::build() {
    m_editor->setObjectName(QStringLiteral("recipeText"));
    m_editor->setAccessibleName(tr("Recipe as text"));
    m_editor->setToolTip(tr("The recipe as it stands in its file; applied after a pause or with Ctrl+Return"));
    m_editor->setKeepsUndo(false);
    m_status->setObjectName(QStringLiteral("recipeStatus"));
    m_status->setAccessibleName(tr("State of the text"));
    m_status->setWordWrap(true);
    m_status->setMargin(4);
    m_status->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_goTo->setObjectName(QStringLiteral("recipeGoTo"));
    m_goTo->setAccessibleName(m_goTo->text());
    m_goTo->setToolTip(tr("Move to the place that the sentence is about"));
    m_bringBack->setObjectName(QStringLiteral("recipeBringBack"));
    m_bringBack->setAccessibleName(m_bringBack->text());
    m_bringBack->setToolTip(tr("Show again what was typed before the recipe was edited elsewhere"));
    m_goTo->hide();
    m_bringBack->hide();
    auto* below = new QHBoxLayout;
    below->addWidget(m_status, 1);
    below->addWidget(m_goTo);
    below->addWidget(m_bringBack);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    column->addWidget(m_editor, 1);
    column->addLayout(below);
    setFocusProxy(m_editor);
}

void RecipeText::showRecipe() {
    const session::StudioDocument& document = m_studio.document();
    if (!document.hasModel()) {
        put({});
        return settle({});
    }
    if (takeUpDraft()) return;
    if (!m_isPending && document.recipe() == m_shown && !m_editor->document()->isEmpty()) return;
    if (m_isPending) m_replaced = m_editor->toPlainText();
    const auto text = jobs::guarded([&document] { return quant::toJson(document.recipe()); });
    if (!text) return showProblem({0, 0, text.failure().sentence});
    put(QString::fromStdString(text.value()));
    settle(document.recipe());
    m_bringBack->setVisible(!m_replaced.isEmpty());
    if (!m_replaced.isEmpty())
        m_status->setText(tr("The recipe was edited elsewhere before the typed text was one that could be used."));
}

void RecipeText::showDraft(const quant::Recipe& recipe) {
    const auto text = jobs::guarded([&recipe] { return quant::toJson(recipe); });
    if (!text) return showProblem({0, 0, text.failure().sentence});
    putTyped(QString::fromStdString(text.value()));
    m_studio.document().setDraft(m_editor->toPlainText());
    apply();
}

bool RecipeText::takeUpDraft() {
    const QString& draft = m_studio.document().draft();
    if (draft.isEmpty() || draft == m_editor->toPlainText() || draft == m_replaced) return false;
    m_replaced.clear();
    m_bringBack->hide();
    m_shown = m_studio.document().recipe();
    putTyped(draft);
    apply();
    return true;
}

void RecipeText::forget() {
    m_pause.stop();
    m_isPending = false;
    m_replaced.clear();
    m_bringBack->hide();
    put({});
}

void RecipeText::put(const QString& text) {
    const QScopedValueRollback quiet(m_isPutting, true);
    m_editor->replaceText(text);
}

/// As if the user had typed it: undo takes all of it back.
void RecipeText::putTyped(const QString& text) {
    m_editor->setKeepsUndo(true);
    put(text);
    m_isPending = true;
}

void RecipeText::noteTyping() {
    if (m_isPutting) return;
    m_isPending = true;
    m_editor->setKeepsUndo(true);
    m_replaced.clear();
    m_bringBack->hide();
    m_status->setText(tr("Not applied yet: pause, or press Ctrl+Return."));
    m_studio.document().setDraft(m_editor->toPlainText());
    m_pause.start();
}

/// Text and document are in step; from here on undo is the document's.
void RecipeText::settle(const quant::Recipe& recipe) {
    m_pause.stop();
    m_shown = recipe;
    m_isPending = false;
    m_problem = {};
    m_studio.document().setDraft(m_replaced, true);
    m_editor->setKeepsUndo(false);
    m_editor->document()->clearUndoRedoStacks();
    m_editor->markLine(0);
    m_status->setText(m_studio.document().hasModel() ? tr("In step with the recipe.") : QString());
    m_goTo->hide();
}

void RecipeText::apply() {
    m_pause.stop();
    if (!m_isPending || !m_studio.document().hasModel()) return;
    const std::string text = m_editor->toPlainText().toStdString();
    const auto parsed = jobs::guarded([&text] { return quant::parseRecipe(text, kSource); });
    if (!parsed) return showProblem(parseProblem(parsed.failure().sentence));
    const quant::Recipe recipe = parsed.value();
    const auto fits = jobs::guarded([this, &recipe] { quant::resolve(recipe, m_studio.document().model()); });
    if (!fits) {
        showProblem(fitProblem(recipe, fits.failure().sentence));
        Q_EMIT drafted(recipe);
        return;
    }
    m_replaced.clear();
    m_bringBack->hide();
    settle(recipe); // first, so that the text stays as it was typed
    m_studio.report(m_studio.document().editRecipe(tr("edit the text"), recipe));
}

void RecipeText::bringBack() {
    const QString text = std::exchange(m_replaced, {});
    m_bringBack->hide();
    putTyped(text);
    noteTyping();
}

void RecipeText::showProblem(const Problem& problem) {
    m_problem = problem;
    const QString place =
        problem.line > 0 ? tr("Line %1, column %2: ").arg(problem.line).arg(problem.column) : QString();
    QString sentence = problem.sentence;
    if (!sentence.isEmpty()) sentence[0] = sentence[0].toUpper();
    m_status->setText(place + sentence + QLatin1Char(' ') + tr("The recipe before stays in force."));
    m_editor->markLine(problem.line);
    m_goTo->setVisible(problem.line > 0);
}

/// Takes "recipe:LINE:COLUMN: sentence" apart.
RecipeText::Problem RecipeText::parseProblem(const QString& sentence) {
    static const QRegularExpression placed(QStringLiteral("^recipe:(\\d+):(\\d+): (.*)$"),
                                           QRegularExpression::DotMatchesEverythingOption);
    const QRegularExpressionMatch match = placed.match(sentence);
    if (!match.hasMatch()) return {0, 0, sentence};
    return {match.captured(1).toInt(), match.captured(2).toInt(), match.captured(3)};
}

/// The first pattern that matches nothing is what the sentence is about.
RecipeText::Problem RecipeText::fitProblem(const quant::Recipe& recipe, const QString& sentence) const {
    const quant::LayerMatcher matcher(m_studio.document().model());
    for (const quant::Rule& rule : recipe.rules) {
        if (!matcher.matched(rule.match).empty()) continue;
        const QString text = m_editor->toPlainText();
        const qsizetype position = text.indexOf(QStringLiteral("\"%1\"").arg(QString::fromStdString(rule.match)));
        if (position < 0) break;
        const auto [line, column] = placeOf(text, position);
        return {line, column, sentence};
    }
    return {0, 0, sentence};
}

} // namespace app::windows
