// The page's own words; those of the forms come from the library.
const WORDS = {
  zh: {
    title: '社保费事项的全部表单',
    intro: '左为 react-jsonschema-form，右为 JSON Forms；表单、校验和文字都来自同一套规则。',
    language: '语言',
    all: '全部表单',
    stock: '只用渲染器自带的控件',
    check: '检查',
    answers: '将要发送的内容',
    samples: '示例答案',
    begin: '重新开始',
    empty: '什么都不填',
    wrong: '填错',
    right: '正确填写',
    says: 'sstibet 的答复',
    taken: '已接受',
    nothing: '（没有要发送的内容）',
    state: '所处状态',
    event: '操作',
    pick: '选择',
    choose: '请选择',
    whyNot: '不能选择的原因',
  },
  en: {
    title: 'All forms of the premium items',
    intro:
      'On the left react-jsonschema-form, on the right JSON Forms; forms, checks and words come from the same book.',
    language: 'Language',
    all: 'All forms',
    stock: "Only the renderers' own widgets",
    check: 'Check',
    answers: 'What would be sent',
    samples: 'Sample answers',
    begin: 'Begin again',
    empty: 'Nothing filled in',
    wrong: 'Filled in wrongly',
    right: 'Filled in rightly',
    says: 'What sstibet says',
    taken: 'Taken',
    nothing: '(nothing to send)',
    state: 'State',
    event: 'Event',
    pick: 'Choose',
    choose: 'Please choose',
    whyNot: 'Why not',
  },
};

// There is no Tibetan translation of these words yet: they stay Chinese, and say so.
export const words = (language) => WORDS[language] ?? WORDS.zh;
export const langOf = (language) => ({ zh: 'zh-CN', en: 'en', bo: 'zh-CN' })[language];
