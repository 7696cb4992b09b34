#include <app/windows/settingsdialog.h>

#include <app/jobs/result.h>

#include <analysis/cache.h>
#include <quant/format.h>

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>

namespace app::windows {

namespace {

constexpr int kMostSteps = 1000;
constexpr int kLongestNotifySeconds = 3600;
constexpr int kMostThreads = 256;
constexpr int kMostCacheMib = 1 << 20;
constexpr int kLeastWidth = 560;

analysis::AnalysisCache cache() {
    return analysis::AnalysisCache(analysis::AnalysisCache::standardFolder());
}

} // namespace

SettingsDialog::SettingsDialog(session::Settings& settings, QWidget* parent)
    : QDialog(parent), m_settings(settings), m_pages(new QTabWidget(this)), m_told(new QLabel(this)) {
    setWindowTitle(tr("Settings"));
    setMinimumWidth(kLeastWidth);
    m_told->setWordWrap(true);
    m_told->setAccessibleName(tr("What is wrong"));
    m_pages->setAccessibleName(tr("Settings"));
    buildGeneral();
    buildMeasuring();
    buildMachine();
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close | QDialogButtonBox::RestoreDefaults, this);
    buttons->button(QDialogButtonBox::RestoreDefaults)->setToolTip(tr("Give every setting the value it came with"));
    connect(buttons->button(QDialogButtonBox::RestoreDefaults), &QPushButton::clicked, this, &SettingsDialog::resetAll);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    auto* column = new QVBoxLayout(this);
    column->addWidget(m_pages, 1);
    column->addWidget(m_told);
    column->addWidget(buttons);
    const auto refill = [this] {
        for (const auto& each : m_refills) each();
    };
    refill();
    connect(&m_settings, &session::Settings::changed, this, refill); // panes show some settings, too
}

void SettingsDialog::buildGeneral() {
    QFormLayout* form = addPage(tr("&General"));
    addChoice(form, session::kTheme, {tr("&Theme"), tr("Colours of the window and of everything in it")},
              {{QStringLiteral("system"), tr("As the system")},
               {QStringLiteral("light"), tr("Light")},
               {QStringLiteral("dark"), tr("Dark")}});
    addChoice(form, session::kLanguage, {tr("&Language"), tr("Of all texts; holds from the next start")},
              {{QString(), tr("As the system")},
               {QStringLiteral("en"), QStringLiteral("English")},
               {QStringLiteral("de"), QStringLiteral("Deutsch")}});
    addCheck(form, session::kAskToSave,
             {tr("Ask to &save changes"), tr("Before a recipe that was changed and not saved is closed")});
    addNumber(form, session::kNotifyAfterSeconds,
              {tr("&Notify of jobs longer than"), tr("When they end while another program's window is in use")}, 0,
              kLongestNotifySeconds, tr(" s"), tr("never"));
}

void SettingsDialog::buildMeasuring() {
    QFormLayout* form = addPage(tr("&Measuring"));
    addFormats(form, session::kAnalysisFormats,
               {tr("Formats measured at &once"),
                tr("Of every model that is opened, such as w8a8,w4a8; others are measured when they are needed")});
    addNumber(form, session::kAnalysisSteps,
              {tr("S&teps"), tr("Sampling steps of a model that is opened next; the pictures' pane can change them")},
              1, kMostSteps);
    addFormats(form, session::kSearchFormats,
               {tr("Formats to &choose from"), tr("What a search for a recipe may use from the next start on")});
    addCheck(form, session::kAutomaticPreview,
             {tr("&Make pictures by themselves"), tr("After every change of the recipe or the prompt")});
}

void SettingsDialog::buildMachine() {
    QFormLayout* form = addPage(tr("M&achine"));
    addNumber(form, session::kThreads, {tr("T&hreads"), tr("That compute; holds from the next start")}, 0, kMostThreads,
              {}, tr("all free cores"));
    addNumber(form, session::kCacheMib,
              {tr("&Kept measurements"), tr("Most room on the disk for measurements; those used longest ago go first")},
              0, kMostCacheMib, tr(" MiB"), tr("none"));
    addCache(form);
}

QFormLayout* SettingsDialog::addPage(const QString& title) {
    auto* page = new QWidget(m_pages);
    auto* form = new QFormLayout(page);
    m_pages->addTab(page, title);
    return form;
}

void SettingsDialog::addRow(QFormLayout* form, const Words& words, QWidget* control, const char* key) {
    control->setObjectName(QLatin1String(key));
    control->setToolTip(words.tip);
    control->setAccessibleDescription(words.tip);
    if (qobject_cast<QCheckBox*>(control)) {
        form->addRow(control);
        return;
    }
    auto* label = new QLabel(words.label, control->parentWidget());
    label->setBuddy(control);
    form->addRow(label, control);
}

void SettingsDialog::addCheck(QFormLayout* form, const session::Setting<bool>& setting, const Words& words) {
    auto* box = new QCheckBox(words.label, form->parentWidget());
    addRow(form, words, box, setting.key);
    connect(box, &QCheckBox::toggled, this, [this, &setting](bool on) { m_settings.set(setting, on); });
    m_refills << [this, &setting, box] {
        const QSignalBlocker quiet(box);
        box->setChecked(m_settings.value(setting));
    };
    m_resets << [this, &setting] { m_settings.reset(setting); };
}

void SettingsDialog::addNumber(QFormLayout* form, const session::Setting<int>& setting, const Words& words, int least,
                               int most, const QString& suffix, const QString& wordForLeast) {
    auto* box = new QSpinBox(form->parentWidget());
    box->setRange(least, most);
    box->setSuffix(suffix);
    box->setSpecialValueText(wordForLeast);
    box->setKeyboardTracking(false); // a number that is being typed is none yet
    addRow(form, words, box, setting.key);
    connect(box, &QSpinBox::valueChanged, this, [this, &setting](int number) { m_settings.set(setting, number); });
    m_refills << [this, &setting, box] {
        const QSignalBlocker quiet(box);
        box->setValue(m_settings.value(setting));
    };
    m_resets << [this, &setting] { m_settings.reset(setting); };
}

void SettingsDialog::addChoice(QFormLayout* form, const session::Setting<QString>& setting, const Words& words,
                               const QList<Choice>& choices) {
    auto* box = new QComboBox(form->parentWidget());
    for (const Choice& choice : choices) box->addItem(choice.text, choice.value);
    addRow(form, words, box, setting.key);
    connect(box, &QComboBox::currentIndexChanged, this,
            [this, &setting, box] { m_settings.set(setting, box->currentData().toString()); });
    m_refills << [this, &setting, box] {
        const QSignalBlocker quiet(box);
        box->setCurrentIndex(std::max(0, box->findData(m_settings.value(setting))));
    };
    m_resets << [this, &setting] { m_settings.reset(setting); };
}

/// Only formats that can be read are taken.
void SettingsDialog::addFormats(QFormLayout* form, const session::Setting<QString>& setting, const Words& words) {
    auto* line = new QLineEdit(form->parentWidget());
    addRow(form, words, line, setting.key);
    connect(line, &QLineEdit::editingFinished, this, [this, &setting, line] {
        const QString typed = line->text().trimmed();
        if (typed == m_settings.value(setting)) return;
        const auto formats = jobs::guarded([&typed] { return quant::parseFormats(typed.toStdString()); });
        tell(formats ? QString() : formats.failure().sentence);
        if (formats) m_settings.set(setting, typed);
    });
    m_refills << [this, &setting, line] {
        if (!line->hasFocus() || line->text().isEmpty()) line->setText(m_settings.value(setting));
    };
    m_resets << [this, &setting, line] {
        line->setText(setting.fallback);
        m_settings.reset(setting);
    };
}

void SettingsDialog::addCache(QFormLayout* form) {
    auto* folder = new QLabel(QString::fromStdString(analysis::AnalysisCache::standardFolder().string()), this);
    folder->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    folder->setWordWrap(true);
    folder->setAccessibleName(tr("Folder of kept measurements"));
    form->addRow(tr("In the folder"), folder);
    m_cacheSize = new QLabel(this);
    form->addRow(tr("Present size"), m_cacheSize);
    auto* clear = new QPushButton(tr("&Forget Kept Measurements"), this);
    clear->setObjectName(QStringLiteral("clearCache"));
    clear->setToolTip(tr("Delete them; models are measured anew when they are opened next"));
    connect(clear, &QPushButton::clicked, this, [this] {
        const auto cleared = jobs::guarded([] {
            cache().clear();
            return jobs::Done{};
        });
        tell(cleared ? QString() : cleared.failure().sentence);
        showCacheSize();
    });
    form->addRow(QString(), clear);
    showCacheSize();
}

void SettingsDialog::showCacheSize() {
    m_cacheSize->setText(QLocale().formattedDataSize(qint64(cache().sizeBytes()), 1));
}

void SettingsDialog::resetAll() {
    for (const auto& each : m_resets) each();
    tell(QString());
}

void SettingsDialog::tell(const QString& sentence) {
    m_told->setText(sentence);
}

} // namespace app::windows
